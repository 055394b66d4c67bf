"""The example programs run and do what they say."""

import os
import re
import subprocess

from stint_test import BUILD, SOURCE, Place, expect, main, write


def example(name, *arguments):
    return subprocess.run([os.path.join(BUILD, f"bin/example_{name}"), *arguments],
                          capture_output=True, text=True, timeout=300)


def test_digits_are_learnt_and_the_plan_is_printed():
    done = example("train_digits", os.path.join(SOURCE, "examples/data/digits.csv"))
    expect(done.returncode == 0, done.stdout, done.stderr)
    accuracy = float(re.search(r"test accuracy ([0-9.]+)", done.stdout).group(1))
    expect(accuracy >= 0.97, accuracy)
    expect(re.search(r"plan: \d+ steps, \d+ buffers, a slab of \d+ bytes", done.stdout), done.stdout)
    expect("matmul" in done.stdout and "cross_entropy" in done.stdout, done.stdout)


def test_data_that_cannot_be_read_are_a_failure():
    with Place() as place:
        write(place / "short.csv", "pixel\n1,2,3\n")
        for path in (place / "short.csv", place / "absent.csv"):
            done = example("train_digits", str(path))
            expect(done.returncode == 1, done.stdout, done.stderr)


if __name__ == "__main__":
    main()
