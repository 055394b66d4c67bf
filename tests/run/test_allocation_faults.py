"""Some allocations of a small run fail, one at a time; tests/long fails them all."""

from allocations import fail_every
from stint_test import main


def test_failed_allocations():
    fail_every({"run": 41, "ingest": 7, "worker": 13, "export": 5})


def test_failed_allocations_of_a_training():
    fail_every({"run": 797, "ingest": 29, "export": 23}, "train")


if __name__ == "__main__":
    main()
