"""Training steps that keep less of their forward part: in bf16, or computed again."""

from harness import bench as b
from harness.cases import Cases
from harness.row import FOR_SCALE, Row, verdict
from harness.stats import bytes_text, median, times_text
from harness.target import Target

MORE_TIME = 0.25
BF16_SHARE = 0.6  # a few values live for a moment in f32
NETS = {"mlp": "200 layers of 256, batch 128",
        "blocks": "12 blocks of 256-1024-256 with norm and gelu, 512 rows",
        "attention": "a transformer's block of 256, 8 heads, 1024 hidden, 16 sequences of 256"}
POLICIES = {"bf16": "activations kept in bf16",
            "recompute": "blocks computed again",
            "half-budget": "half the bytes of keeping all"}


def row(net, policy, cases, facts):
    keep, case = f"{net}-keep-all", f"{net}-{policy}"
    ours, all_kept = cases.each_item(case), cases.each_item(keep)
    more = median(ours) / median(all_kept) - 1
    slab, whole = facts[case]["planned_bytes"], facts[keep]["planned_bytes"]
    target, good = "", FOR_SCALE
    if policy == "half-budget":
        target = f"<= {MORE_TIME:.0%} more time, within the budget"
        good = verdict(more <= MORE_TIME and slab <= facts[case]["budget"])
    if policy == "bf16":
        target, good = f"<= {BF16_SHARE:.0%} of the bytes", verdict(slab <= BF16_SHARE * whole)
    again = facts[case]["recomputed_flops"] / facts[keep]["flops"]
    return Row(f"precision/{case}", f"a training step, {NETS[net]}: {POLICIES[policy]}", target,
               f"all kept: {times_text(all_kept)}, {bytes_text(whole)}",
               f"{times_text(ours)}, {bytes_text(slab)}", f"{more:+.0%} of time", good,
               cases.command, seconds=ours, peer_seconds=all_kept,
               note=f"{case}: {slab / whole:.0%} of the bytes; {facts[case]['recomputed_nodes']} "
                    f"nodes, {again:.0%} of the flops, are computed again" if again else "")


def measure(bench):
    rows = []
    for net in NETS:
        facts_file, = bench.fresh("facts.json")
        cases = Cases(bench, "bench_precision", f"{net}-", 2 * bench.iterations,
                      before=[facts_file])
        facts = b.read_json(facts_file)
        rows += [row(net, policy, cases, facts) for policy in POLICIES]
    return rows


PRECISION = Target("precision", "training steps that keep half of their activations", measure)
