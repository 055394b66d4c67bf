"""A path of penalties for logistic regression against scikit-learn, fit by fit on the same arrays."""

from harness import bench as b
from harness.process import describe, output, peer
from harness.row import Row, Skip, skipped, verdict
from harness.stats import median, times_text
from harness.target import Target

TIMES, WITHIN = 3, 1e-4
TABLES = ("digits", "breast_cancer")
TOLERANCES = ("1e-4", "1e-8")  # scikit-learn's default, and one at which both have converged
PATH = "20 penalties from 1e-4 to 1e4 x 5 folds"


def one(bench, python, name, tol):
    arrays, scores, own, results = bench.fresh("arrays.bin", "sklearn.json", "own.json",
                                               "bench.json")
    found = peer([python, "bench/peers/logistic_path.py", f"examples/data/{name}.csv", arrays,
                  "--tol", tol, "--max-iter", "20000", "--scores", scores,
                  "--iterations", str(bench.iterations)])
    argv = [f"{bench.build}/bin/bench_logistic", arrays, own, tol, "--no-peer", "--iterations",
            str(bench.iterations), "--json", results]
    output(argv)
    ours, theirs = b.read_json(results)["cases"][0]["seconds"], found["seconds"]
    pairs = list(zip(b.read_json(scores), b.read_json(own)))
    return found["name"], ours, theirs, pairs, describe(argv[:1])


def worst(pairs, metric, least_alpha):
    return max(abs(t[metric] - o[metric]) for t, o in pairs if t["alpha"] >= least_alpha)


def rows_of(bench, python, name, tol):
    title = f"logistic regression on {name}, {PATH}, tolerance {tol}"
    who, ours, theirs, pairs, command = one(bench, python, name, tol)
    ratio = median(theirs) / median(ours)
    rows = [Row(f"logistic/{name}-{tol}", title, f">= {TIMES}x",
                f"{who}: {times_text(theirs)}", times_text(ours), f"{ratio:.1f}x",
                verdict(ratio >= TIMES), command, seconds=ours, peer_seconds=theirs)]
    if tol == TOLERANCES[0]:
        rows[0].note = ("at this tolerance neither has converged at weak penalties, and scores "
                        f"differ by up to {worst(pairs, 'log_loss', 0):.1g} of log loss")
        return rows
    off = max(worst(pairs, metric, 1e-3) for metric in ("log_loss", "accuracy"))
    all_off = worst(pairs, "log_loss", 0)
    rows.append(Row(f"logistic/{name}-agreement", f"{title}: the same scores",
                    f"to {WITHIN:g}, penalties from 1e-3", who,
                    f"log loss and accuracy differ by {off:.1e} at most", "",
                    verdict(off <= WITHIN), command,
                    note=f"with the weakest penalties, where it has not converged, by {all_off:.1e}"))
    return rows


def measure(bench):
    try:
        python = bench.peers_python("sklearn", "pandas")
    except Skip as why:
        return [skipped("logistic", PATH, f">= {TIMES}x", why)]
    return [row for name in TABLES for tol in TOLERANCES
            for row in rows_of(bench, python, name, tol)]


LOGISTIC = Target("logistic", "a path of logistic regressions against scikit-learn", measure)
