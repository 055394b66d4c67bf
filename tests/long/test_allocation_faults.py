"""Every allocation of a small run fails, one at a time."""

from allocations import fail_every
from stint_test import main


def test_failed_allocations():
    fail_every({})


if __name__ == "__main__":
    main()
