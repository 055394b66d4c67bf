"""A target: a workload and the rows it fills."""

from collections import namedtuple

# measure(bench) -> [Row]
Target = namedtuple("Target", "name help measure")
