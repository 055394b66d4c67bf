"""Promise: killed anywhere, the same command carries on and ends in the same result.

Tested: a sample of the points of tests/long/test_kill_syscalls.py.
"""

import kill_points
from stint_test import main


def test_killed_at_some_calls_of_a_fresh_run():
    kill_points.kill_all(["fresh"], step=11)


def test_killed_at_some_calls_of_a_run_that_repairs():
    kill_points.kill_all(["damaged"], step=13)


def test_killed_at_some_calls_of_runs_of_classes_and_angles():
    kill_points.kill_all(["classes", "angles"], step=19)


def test_killed_at_some_calls_of_trainings():
    kill_points.kill_all(["training", "streams"], step=47)


if __name__ == "__main__":
    main()
