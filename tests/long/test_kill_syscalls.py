"""Promise: killed anywhere, the same command carries on and ends in the same result.

Tested: every call that changes a file (write, pwrite64, fsync, fdatasync, rename, ftruncate,
fallocate, unlink, mkdir, rmdir) in every process of a small run, libraries included, is once
the moment at which `strace --inject` kills that process; then the run is resumed and compared.
kill_points.py says in full what is compared, traced.py how one process is hit.
"""

import kill_points
from stint_test import main


def test_killed_at_each_call_of_a_fresh_run():
    kill_points.kill_all(["fresh"])


def test_killed_at_each_call_of_a_run_that_repairs():
    kill_points.kill_all(["damaged"])


def test_killed_at_each_call_of_runs_of_classes_and_angles():
    kill_points.kill_all(["classes", "angles"])


def test_killed_at_each_call_of_trainings():
    kill_points.kill_all(["training", "streams"])


if __name__ == "__main__":
    main()
