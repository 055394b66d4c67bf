"""What a product with the Hessian costs beside a gradient of the same loss."""

from harness.cases import Cases
from harness.row import FOR_SCALE, Row, verdict
from harness.stats import median, times_text
from harness.target import Target

MOST = 4  # gradients
LSTM = "an LSTM of 8 to 64, 50 steps, batch 32"
NETS = {"mlp": ("a perceptron of 64-128-64-10, batch 64", MOST),
        "conv": ("convolutions to 16 and 32 channels of 28x28, batch 16", MOST),
        "lstm": (f"{LSTM}, written out", MOST),
        # its gradient is one fused operation, the product that of the graph written out
        "fused-lstm": (f"{LSTM}, as one operation", None)}


def row(net, cases):
    title, most = NETS[net]
    gradient, product = (cases.each_item(f"{net}-{kind}") for kind in ("gradient", "product"))
    ratio = median(product) / median(gradient)
    return Row(f"derivatives/{net}", f"a product with the Hessian of {title}",
               f"<= {most} gradients" if most else "", f"a gradient: {times_text(gradient)}",
               times_text(product), f"{ratio:.2f} gradients",
               verdict(ratio <= most) if most else FOR_SCALE, cases.command, seconds=product,
               peer_seconds=gradient)


def measure(bench):
    cases = Cases(bench, "bench_derivatives", iterations=3 * bench.iterations)
    return [row(net, cases) for net in NETS]


DERIVATIVES = Target("derivatives", "products with the Hessian beside gradients", measure)
