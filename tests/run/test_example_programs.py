"""The example programs run and do what they say."""

import json
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


def test_a_net_is_trained_saved_and_loaded():
    with Place() as place:
        path = str(place / "net")
        done = example("train_net", os.path.join(SOURCE, "examples/data/digits.csv"), path)
        expect(done.returncode == 0, done.stdout, done.stderr)
        accuracy = float(re.search(r"test accuracy ([0-9.]+)", done.stdout).group(1))
        expect(accuracy >= 0.96, accuracy)
        with open(path + ".json") as f:
            saved = json.load(f)
        expect([len(saved["layers"]), saved["shape"]] == [5, [64]], saved)
        expect(os.path.getsize(path + ".safetensors") > 4 * (64 * 128 + 128 * 10), path)


def test_newton_takes_far_fewer_iterations():
    done = example("newton_cg", os.path.join(SOURCE, "examples/data/breast_cancer.csv"))
    expect(done.returncode == 0, done.stdout, done.stderr)
    said = re.search(r"newton_cg: loss ([0-9.]+) after (\d+) iterations; "
                     r"gradient descent: ([0-9.]+) after (\d+)", done.stdout)
    least, newton, reached, descent = (float(x) for x in said.groups())
    expect(least < 0.06 and least <= reached <= 1.001 * least + 1e-6, done.stdout)
    expect(newton <= 40 and descent >= 20 * newton, done.stdout)
    expect(re.search(r"largest curvature: 0.0\d+", done.stdout), done.stdout)


def test_half_of_the_bytes_give_the_same_losses():
    done = example("recompute")
    expect(done.returncode == 0, done.stdout, done.stderr)
    said = re.search(r"all kept: (\d+) bytes, loss ([0-9.]+) -> ([0-9.]+)\n"
                     r"half the budget: (\d+) bytes, loss ([0-9.]+) -> ([0-9.]+)\n"
                     r"computed again: (\d+) nodes, \d+% of the flops; losses are the same bits",
                     done.stdout)
    expect(said, done.stdout)
    whole, first, last, half, *_, again = (float(x) for x in said.groups())
    expect(2 * half <= whole and again > 0 and last < first / 2, done.stdout)


def test_clusters_of_a_table_and_of_points_made_up():
    for arguments, rows, clusters in (((), 1000, 5),
                                      ((os.path.join(SOURCE, "examples/data/digits.csv"), "10"),
                                       1797, 10)):
        done = example("cluster", *arguments)
        expect(done.returncode == 0, done.stdout, done.stderr)
        sizes = [int(n) for n in re.search(r"sizes((?: \d+)+)\n", done.stdout).group(1).split()]
        expect(len(sizes) == clusters and sum(sizes) == rows, done.stdout)
        silhouette = float(re.search(r"silhouette ([0-9.]+)", done.stdout).group(1))
        expect((0.6 if rows == 1000 else 0.17) < silhouette < 0.8, done.stdout)
        expect(re.search(r"\w+ on \w+: \d+ rounds, inertia [0-9.e+]+\n", done.stdout), done.stdout)
    done = example("cluster", os.path.join(SOURCE, "examples/data/digits.csv"), "1798")
    expect(done.returncode == 1 and "only 1797 rows" in done.stderr, done.stderr)


def test_data_that_cannot_be_read_are_a_failure():
    with Place() as place:
        write(place / "short.csv", "pixel\n1,2,3\n")
        for path in (place / "short.csv", place / "absent.csv"):
            for program in ("train_digits", "train_net", "cluster"):
                done = example(program, str(path))
                expect(done.returncode == 1, done.stdout, done.stderr)


if __name__ == "__main__":
    main()
