"""A grid of ridge models against scikit-learn's GridSearchCV on the same folds."""

import glob

from harness import bench as b
from harness.process import describe, peer, wall_seconds
from harness.row import Row, Skip, skipped, verdict
from harness.stats import median, time_text, times_text
from harness.target import Target

ALPHAS, FOLDS, ROWS, COLUMNS = 200, 5, 20_000, 20
SEARCH_TIMES, COMMAND_TIMES, TOLERANCE = 100, 20, 1e-6

WORKLOAD = f"ridge, {ALPHAS} alphas x {FOLDS} folds on {ROWS} x {COLUMNS}"

CONFIG = f"""\
split: {{test: 0.2, folds: {FOLDS}, seed: 7}}
features: {{scale: standard}}
search:
  metric: rmse
  models:
    - ridge: {{alpha: {{log: [1.0e-4, 1.0e4], n: {ALPHAS}}}}}
"""


def search_seconds(run_dir):
    """Workers started, Gram matrices, eigen-decompositions, and every fit."""
    lines = b.stages(run_dir)
    return lines["prepare"]["seconds"] + lines["search"]["seconds"]


def stint_scores(run_dir):
    """[alpha][fold] from the journal."""
    scores = [[None] * FOLDS for _ in range(ALPHAS)]
    for line in b.read_lines(f"{run_dir}/journal.jsonl"):
        if "trial" in line:
            scores[line["trial"] // FOLDS][line["trial"] % FOLDS] = line["score"]
    return scores


def run_stint(bench, config, iterations):
    """Cold cache every time; (search seconds, whole command's seconds, run dir, cache, argv)."""
    search, whole = [], []
    for i in range(iterations + 1):
        run_dir, cache = bench.fresh("ridge-run", "ridge-cache")
        argv = bench.run_command(config, run_dir, cache)
        seconds = wall_seconds(argv)
        if i > 0:  # the first run warms up
            whole.append(seconds)
            search.append(search_seconds(run_dir))
    return search, whole, run_dir, cache, argv


def speed_row(name, what, times, mine, theirs, name_of_peer, command):
    ratio = median(theirs) / median(mine)
    return Row(f"ridge-grid/{name}", f"{WORKLOAD}: {what}", f">= {times}x",
               f"{name_of_peer}, 2 jobs: {times_text(theirs)}", times_text(mine), f"{ratio:.0f}x",
               verdict(ratio >= times), command, seconds=mine, peer_seconds=theirs)


def agreement_row(run_dir, scores, found, command):
    mine = stint_scores(run_dir)
    off = max(abs(m - t) for ours, theirs in zip(mine, scores) for m, t in zip(ours, theirs))
    best = b.read_json(f"{run_dir}/rounds/001/metrics.json")["best"]["configuration"]
    return Row("ridge-grid/agreement", f"{WORKLOAD}: the same answer",
               f"same alpha, scores to {TOLERANCE:g}", found["name"],
               f"alpha {best} of {ALPHAS} in both; scores differ by {off:.1e} at most"
               if best == found["best"] else f"alpha {best} against {found['best']}",
               "", verdict(best == found["best"] and off <= TOLERANCE), command)


def measure(bench):
    source = bench.generate(ROWS, COLUMNS)
    config = bench.config("ridge-grid", source, CONFIG)
    search, whole, run_dir, cache, argv = run_stint(bench, config, bench.iterations)
    command = describe(argv)
    try:
        python = bench.peers_python("sklearn", "pandas", "pyarrow", "safetensors")
    except Skip as why:
        return [Row("ridge-grid/search", f"{WORKLOAD}: the search", measured=times_text(search),
                    command=command, seconds=search),
                Row("ridge-grid/command", f"{WORKLOAD}: the whole command",
                    measured=times_text(whole), command=command, seconds=whole),
                skipped("ridge-grid/peer", WORKLOAD, f">= {SEARCH_TIMES}x", why)]
    parts = next(p for p in glob.glob(f"{cache}/split/*") if not p.endswith(".ok"))
    scores = f"{bench.work}/sklearn-scores.json"
    bench.say("ridge-grid: scikit-learn")
    found = peer([python, "bench/peers/grid_search.py", source, parts,
                  f"{run_dir}/rounds/001/search.parquet", "--scores", scores,
                  "--iterations", str(bench.iterations)])
    rows = [speed_row("search", "the search", SEARCH_TIMES, search, found["seconds"],
                      found["name"], command),
            speed_row("command", "the whole command, cold cache", COMMAND_TIMES, whole,
                      found["seconds"], found["name"], command),
            agreement_row(run_dir, b.read_json(scores), found, command)]
    lines = b.stages(run_dir)
    rows[1].note = "of the last run: " + ", ".join(
        f"{name} {time_text(line['seconds'])}" for name, line in lines.items())
    return rows


RIDGE_GRID = Target("ridge-grid", "a ridge grid against scikit-learn's GridSearchCV", measure)
