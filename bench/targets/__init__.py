"""The targets, in the order of the table."""

from targets.coordinator import COORDINATOR
from targets.ingest import INGEST
from targets.large import LARGE
from targets.parts import PARTS
from targets.plan import PLAN
from targets.ridge_grid import RIDGE_GRID

TARGETS = (RIDGE_GRID, INGEST, LARGE, COORDINATOR, PLAN, PARTS)
