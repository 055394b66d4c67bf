"""Graphs built rather than run: a large step traced and planned, the tape's overhead, and what a
product with the Hessian costs."""

from harness.cases import Cases
from harness.row import FOR_SCALE, Row, verdict
from harness.stats import median, time_text, times_text
from harness.target import Target

PLAN_SECONDS = 0.1
PRODUCT_GRADIENTS = 4
SECOND = "784-256-128-10, batch 64, cross-entropy"
EAGER = "30-64-64-1, batch 32, to the loss, eagerly"
TAPES = {"eager-no-grad": "recording nothing",
         "eager-tape-idle": "under a tape that watches nothing",
         "eager-tape-recording": "under a tape that watches the weights"}


def measure(bench):
    n = 3 * bench.iterations
    plan = Cases(bench, "bench_graphs", "plan-", n)
    case = plan.of["plan-20000-nodes"]
    seconds = case["seconds"]
    rows = [Row("graphs/plan", f"a training step of {case['items']:.0f} nodes traced and planned",
                f"< {PLAN_SECONDS * 1e3:g} ms", "", times_text(seconds),
                f"{time_text(median(plan.each_item('plan-20000-nodes')))} a node",
                verdict(median(seconds) < PLAN_SECONDS), plan.command, seconds=seconds)]
    eager = Cases(bench, "bench_graphs", "eager", n)
    plain = eager.each_item("eager")
    for name, how in TAPES.items():
        ours = eager.each_item(name)
        rows.append(Row(f"graphs/{name}", f"{EAGER}, {how}", "", f"no tape: {times_text(plain)}",
                        times_text(ours), f"{median(ours) / median(plain) - 1:+.0%} of time",
                        FOR_SCALE, eager.command, seconds=ours, peer_seconds=plain))
    return [*rows, hessian_product(bench, n)]


def hessian_product(bench, n):
    gradient = Cases(bench, "bench_graphs", "gradient", n)
    product = Cases(bench, "bench_graphs", "hessian-product", n)
    plain, ours = gradient.each_item("gradient"), product.each_item("hessian-product")
    ratio = median(ours) / median(plain)
    return Row("graphs/hessian-product", f"a product with the Hessian of {SECOND}, by stint_fn",
               f"<= {PRODUCT_GRADIENTS} gradients", f"a gradient: {times_text(plain)}",
               times_text(ours), f"{ratio:.2f} gradients", verdict(ratio <= PRODUCT_GRADIENTS),
               product.command, seconds=ours, peer_seconds=plain)


GRAPHS = Target("graphs", "a step of 20000 nodes planned; the tape's overhead; Hessian products",
                measure)
