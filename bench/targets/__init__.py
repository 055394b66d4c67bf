"""The targets, in the order of the table."""

from targets.bits import BITS
from targets.cartpole import CARTPOLE
from targets.checks import CHECKS
from targets.clustering import CLUSTERING
from targets.convolution import CONVOLUTION
from targets.coordinator import COORDINATOR
from targets.derivatives import DERIVATIVES
from targets.devices import DEVICES_TARGET
from targets.flow import FLOW
from targets.economy import ECONOMY
from targets.graphs import GRAPHS
from targets.ingest import INGEST
from targets.labels import LABELS
from targets.large import LARGE
from targets.lazy import LAZY
from targets.loader import LOADER
from targets.logistic import LOGISTIC
from targets.memory import MEMORY
from targets.naive import NAIVE
from targets.parts import PARTS
from targets.plan import PLAN
from targets.precision import PRECISION
from targets.ridge_grid import RIDGE_GRID
from targets.second_run import SECOND_RUN
from targets.sequences import SEQUENCES
from targets.studies import STUDIES
from targets.tensors import TENSORS
from targets.training import TRAINING
from targets.windows import WINDOWS_TARGET
from targets.xlsx import XLSX
from targets.xlsx_read import XLSX_READ

TARGETS = (RIDGE_GRID, LOGISTIC, CHECKS, INGEST, LAZY, SECOND_RUN, XLSX, XLSX_READ, LARGE,
           COORDINATOR, PLAN, TRAINING, LOADER, SEQUENCES, CONVOLUTION, TENSORS, GRAPHS, DERIVATIVES,
           PRECISION, CLUSTERING, DEVICES_TARGET, MEMORY, STUDIES, PARTS, BITS, CARTPOLE, NAIVE,
           WINDOWS_TARGET, LABELS, ECONOMY, FLOW)
