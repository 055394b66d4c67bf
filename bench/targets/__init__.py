"""The targets, in the order of the table."""

from targets.coordinator import COORDINATOR
from targets.ingest import INGEST
from targets.large import LARGE
from targets.parts import PARTS
from targets.plan import PLAN
from targets.ridge_grid import RIDGE_GRID
from targets.xlsx import XLSX

TARGETS = (RIDGE_GRID, INGEST, XLSX, LARGE, COORDINATOR, PLAN, PARTS)
