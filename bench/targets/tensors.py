"""Steps of few operations against PyTorch: an element-wise chain, products, predictions by row."""

from harness import pytorch
from harness.cases import Cases
from harness.row import FOR_SCALE, Row, Skip, skipped, verdict
from harness.stats import disturbed, median, ratio_text, times_text
from harness.target import Target

CHAIN_TIMES, COPY_SHARE = 4, 0.8
CHAIN = "8 element-wise operations on 1000000 f32"
BATCH, MLP = 32, "784-256-128-10"
PRODUCTS = (64, 128, 256, 512)


def against(name, workload, ours, line, command, times=None):
    """A row beside what a peer printed; `times`: the target."""
    theirs = line["seconds"]
    ratio = median(theirs) / median(ours)
    return Row(f"tensors/{name}/{line['name'].replace(' ', '-')}", workload,
               f">= {times:g}x" if times else "", f"{line['name']}: {times_text(theirs)}",
               times_text(ours), ratio_text(ratio),
               verdict(ratio >= times) if times else FOR_SCALE, command,
               note=disturbed(line["name"], theirs, ours), seconds=ours, peer_seconds=theirs)


def chain_rows(bench, pythons, iterations):
    found = [pytorch.times(python, "elementwise.py", iterations=iterations)["chain"]
             for python in pythons]
    ours = Cases(bench, "bench_tensors", "chain", iterations)
    copies = Cases(bench, "bench_tensors", "copy-", iterations)
    chain, copy = ours.each_item("chain"), copies.each_item("copy-near")
    share = median(copy) / median(chain)
    far = copies.of["copy-far"]
    rows = [against("chain", CHAIN, chain, line, ours.command, CHAIN_TIMES) for line in found]
    rows.append(Row("tensors/chain/copy", f"{CHAIN}, against copying as many bytes",
                    f">= {COPY_SHARE:.0%} of its rate", f"memcpy on each core: {times_text(copy)}",
                    times_text(chain), f"{share:.0%}", verdict(share >= COPY_SHARE), ours.command,
                    note="both copy within the caches, as 8 MB do that are used again and again; "
                         f"copying {far['bytes'] / 2 / (1 << 20):.0f} MiB, memory gives "
                         f"{far['bytes'] / median(far['seconds']) / 1e9:.0f} GB/s",
                    seconds=chain))
    return rows


def product_rows(bench, pythons, iterations):
    found = [pytorch.times(python, "matmul.py", "--sizes", ",".join(map(str, PRODUCTS)),
                           iterations=iterations) for python in pythons]
    ours = Cases(bench, "bench_tensors", "matmul-", iterations)
    rows = []
    for n in PRODUCTS:
        case = f"matmul-{n}"
        seconds = [2.0 * n**3 * s for s in ours.each_item(case)]
        rows += [against(case, f"a product of two f32 {n} x {n} matrices", seconds, modes[case],
                         ours.command) for modes in found]
    return rows


def batch_rows(bench, pythons, iterations):
    found = [pytorch.times(python, "batched.py", MLP, "--batch", BATCH, iterations=iterations)
             for python in pythons]
    ours = Cases(bench, "bench_tensors", "rows-", iterations)
    seconds = {"batch": [BATCH * s for s in ours.each_item("rows-at-once")],
               "singles": [BATCH * s for s in ours.each_item("rows-one-by-one")]}
    titles = {"batch": f"{BATCH} predictions of {MLP}, at once",
              "singles": f"{BATCH} predictions of {MLP}, one by one"}
    rows = [against(mode, titles[mode], seconds[mode], modes[mode], ours.command)
            for mode in titles for modes in found]
    ratio = median(seconds["singles"]) / median(seconds["batch"])
    rows.append(Row("tensors/batch", titles["batch"], "",
                    f"one by one: {times_text(seconds['singles'])}", times_text(seconds["batch"]),
                    ratio_text(ratio), FOR_SCALE, ours.command, seconds=seconds["batch"],
                    peer_seconds=seconds["singles"]))
    return rows


def measure(bench):
    missing, pythons = [], []
    try:
        pythons = pytorch.pythons()
    except Skip as why:
        missing.append(skipped("tensors/peers", "tensor operations against PyTorch", "", why))
    iterations = 3 * bench.iterations
    return missing + [row for rows_of in (chain_rows, product_rows, batch_rows)
                      for row in rows_of(bench, pythons, iterations)]


TENSORS = Target("tensors", "element-wise chains, products, predictions against PyTorch", measure)
