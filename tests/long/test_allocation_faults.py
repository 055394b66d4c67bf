"""Every allocation of a small run fails, one at a time."""

from allocations import fail_every
from stint_test import main


def test_failed_allocations():
    fail_every({})


def test_failed_allocations_of_a_training():
    fail_every({"run": 3}, "train")


if __name__ == "__main__":
    main()
