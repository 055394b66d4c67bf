#!/usr/bin/env python3
"""Write tests/oracle/nn.json: layers and losses by PyTorch, in f64.

    python3 tools/oracle_nn.py [--check]

Each case has layers as stint_net_add_json takes them, the shape of a sample, weights by name in
this library's layout, an input, and what comes out; with gradients of the weights and the input
for the sum of outputs times `seed`.  --check compares with the numbers that are there instead:
they are those of any version of PyTorch.  tests/unit/nn/test_layers.c and test_losses.c read them;
they need the numbers only.
"""

import json
import os
import sys
import warnings

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
OUT = os.path.join(SOURCE, "tests/oracle/nn.json")

# scipy.signal.butter(order, cutoff) and lfilter_zi of it
BUTTER = {
    (1, 0.1): ([0.13672873599731955, 0.13672873599731955], [1.0, -0.726542528005361],
               [0.8632712640026808]),
    (1, 0.7): ([0.6624598481164531, 0.6624598481164531], [1.0, 0.3249196962329063],
               [0.3375401518835468]),
    (2, 0.1): ([0.020083365564211232, 0.040166731128422464, 0.020083365564211232],
               [1.0, -1.5610180758007182, 0.6413515380575631],
               [0.9799166344357887, -0.6212681724933518]),
    (2, 0.6): ([0.39133577250176854, 0.7826715450035371, 0.39133577250176854],
               [1.0, 0.3695273773512411, 0.19581571265583297],
               [0.6086642274982315, 0.1955200598459356]),
}


def low_pass(order, cutoff):
    b, a, start = BUTTER[order, cutoff]

    def run(_, x):
        z, out = [s * x[:, 0] for s in start] + [0], []
        for t in range(x.shape[1]):
            y = b[0] * x[:, t] + z[0]
            for k in range(order):
                z[k] = b[k + 1] * x[:, t] - a[k + 1] * y + z[k + 1]
            out.append(y)
        return torch.stack(out, 1)
    return run


def ema(alpha):
    def run(w, x):
        a = torch.sigmoid(w["0.ema.logit"]) if alpha is None else alpha
        out = [x[:, 0]]
        for t in range(1, x.shape[1]):
            out.append(a * x[:, t] + (1 - a) * out[-1])
        return torch.stack(out, 1)
    return run


def lstm(w, x, path="0.lstm."):
    m = nn.LSTM(x.shape[2], w[path + "weight_recurrent"].shape[0], batch_first=True).double()
    bias = w[path + "bias"]
    return functional_call(m, {"weight_ih_l0": w[path + "weight_input"].T,
                               "weight_hh_l0": w[path + "weight_recurrent"].T,
                               "bias_ih_l0": bias, "bias_hh_l0": torch.zeros_like(bias)}, x)[0]


def gru(w, x):
    m = nn.GRU(x.shape[2], w["0.gru.weight_recurrent"].shape[0], batch_first=True).double()
    return functional_call(m, {"weight_ih_l0": w["0.gru.weight_input"].T,
                               "weight_hh_l0": w["0.gru.weight_recurrent"].T,
                               "bias_ih_l0": w["0.gru.bias"],
                               "bias_hh_l0": w["0.gru.bias_recurrent"]}, x)[0]


def normed(y, w, path):
    return F.layer_norm(y, y.shape[-1:], w[path + "gain"], w[path + "bias"])


def attention(heads, norm_first, activation, causal):
    def run(w, x):
        g = {k.split(".")[2]: v for k, v in w.items()}
        m = nn.TransformerEncoderLayer(x.shape[2], heads, g["bias_up"].shape[0], 0.0, activation,
                                       batch_first=True, norm_first=norm_first).double()
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=torch.float64)
        return functional_call(m, {
            "self_attn.in_proj_weight": g["weight_qkv"].T, "self_attn.in_proj_bias": g["bias_qkv"],
            "self_attn.out_proj.weight": g["weight_out"].T,
            "self_attn.out_proj.bias": g["bias_out"],
            "linear1.weight": g["weight_up"].T, "linear1.bias": g["bias_up"],
            "linear2.weight": g["weight_down"].T, "linear2.bias": g["bias_down"],
            "norm1.weight": g["norm_gain"], "norm1.bias": g["norm_bias"],
            "norm2.weight": g["feed_norm_gain"], "norm2.bias": g["feed_norm_bias"]},
            x, {"src_mask": mask if causal else None})
    return run


def attention_weights(width, hidden):
    return {f"0.attention.{k}": shape for k, shape in {
        "weight_qkv": (width, 3 * width), "bias_qkv": (3 * width,), "weight_out": (width, width),
        "bias_out": (width,), "weight_up": (width, hidden), "bias_up": (hidden,),
        "weight_down": (hidden, width), "bias_down": (width,), "norm_gain": (width,),
        "norm_bias": (width,), "feed_norm_gain": (width,), "feed_norm_bias": (width,)}.items()}


def conv1d(w, x, **how):
    return F.conv1d(x.mT, w["0.conv1d.weight"], w.get("0.conv1d.bias"), **how).mT


def conv2d(w, x, **how):
    return F.conv2d(x, w["0.conv2d.weight"], w.get("0.conv2d.bias"), **how)


def linear(w, x, path):
    return x @ w[path + "linear.weight"] + w[path + "linear.bias"]


def batch_norm(w, x):
    return F.batch_norm(x, None, None, w["0.batch_norm.gain"], w["0.batch_norm.bias"],
                        training=True, eps=1e-3)


def recurrent(name, gates, inputs, h, *more):
    shapes = {"weight_input": (inputs, gates * h), "weight_recurrent": (h, gates * h),
              "bias": (gates * h,), **{k: (h if k.startswith("norm") else gates * h,)
                                       for k in more}}
    return {f"0.{name}.{k}": v for k, v in shapes.items()}


def pair(name, n, path="0."):
    return {f"{path}{name}.gain": (n,), f"{path}{name}.bias": (n,)}


# name: sample's shape, layers, weights, function of (weights, x), further keys
def cases():
    plain = {"relu": F.relu, "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
             "elu": lambda x: F.elu(x, 0.7), "selu": F.selu, "gelu": F.gelu, "silu": F.silu,
             "sigmoid": torch.sigmoid, "tanh": torch.tanh, "softplus": F.softplus,
             "hardtanh": lambda x: F.hardtanh(x, -0.5, 0.75),
             "softmax": lambda x: F.softmax(x, -1), "log_softmax": lambda x: F.log_softmax(x, -1)}
    settings = {"leaky_relu": {"slope": 0.2}, "elu": {"alpha": 0.7},
                "hardtanh": {"low": -0.5, "high": 0.75}}
    out = {name: ((3, 4), [{name: settings.get(name, {})}], {},
                  lambda w, x, f=f: f(x)) for name, f in plain.items()}
    linear_of = {"0.linear.weight": (3, 4), "0.linear.bias": (4,)}
    feed = {"0.0.linear.weight": (4, 4), "0.0.linear.bias": (4,)}
    out |= {
        "linear": ((3,), [{"linear": {"units": 4}}], linear_of, lambda w, x: linear(w, x, "0.")),
        "linear of rows": ((2, 3), [{"linear": {"units": 4}}], linear_of,
                           lambda w, x: linear(w, x, "0.")),
        "linear without bias": ((3,), [{"linear": {"units": 4, "bias": False}}],
                                {"0.linear.weight": (3, 4)}, lambda w, x: x @ w["0.linear.weight"]),
        "lstm": ((5, 3), [{"lstm": {"hidden": 4}}], recurrent("lstm", 4, 3, 4), lstm),
        "lstm, last": ((5, 3), [{"lstm": {"hidden": 4, "returns": "last"}}],
                       recurrent("lstm", 4, 3, 4), lambda w, x: lstm(w, x)[:, -1]),
        "lstm, normed": ((5, 3), [{"lstm": {"hidden": 4, "layer_norm": True}}, "last"],
                         recurrent("lstm", 4, 3, 4, "norm_gain", "norm_bias"),
                         lambda w, x: normed(lstm(w, x), w, "0.lstm.norm_")[:, -1]),
        "gru": ((5, 3), [{"gru": {"hidden": 4}}], recurrent("gru", 3, 3, 4, "bias_recurrent"), gru),
        "gru, normed last": ((5, 3), [{"gru": {"hidden": 4, "layer_norm": True,
                                               "returns": "last"}}],
                             recurrent("gru", 3, 3, 4, "bias_recurrent", "norm_gain", "norm_bias"),
                             lambda w, x: normed(gru(w, x)[:, -1], w, "0.gru.norm_")),
        "conv1d": ((9, 4), [{"conv1d": {"channels": 6, "kernel": 3, "stride": 2, "padding": 2,
                                        "dilation": 2, "groups": 2}}],
                   {"0.conv1d.weight": (6, 2, 3), "0.conv1d.bias": (6,)},
                   lambda w, x: conv1d(w, x, stride=2, padding=2, dilation=2, groups=2)),
        "conv2d": ((2, 6, 5), [{"conv2d": {"channels": 3, "kernel": 3, "kernel_width": 2,
                                           "stride": 2, "padding": 1}}],
                   {"0.conv2d.weight": (3, 2, 3, 2), "0.conv2d.bias": (3,)},
                   lambda w, x: conv2d(w, x, stride=2, padding=1)),
        "conv2d, square": ((2, 5, 5), [{"conv2d": {"channels": 3, "kernel": 2, "bias": False}}],
                           {"0.conv2d.weight": (3, 2, 2, 2)}, conv2d),
        "pool1d, max": ((7, 2), [{"pool1d": {"kernel": 3, "stride": 2, "padding": 1}}], {},
                        lambda w, x: F.max_pool1d(x.mT, 3, 2, 1).mT),
        "pool1d, avg": ((7, 2), [{"pool1d": {"kind": "avg", "kernel": 3, "padding": 1}}], {},
                        lambda w, x: F.avg_pool1d(x.mT, 3, 3, 1).mT),
        "pool2d, max": ((2, 5, 6), [{"pool2d": {}}], {}, lambda w, x: F.max_pool2d(x, 2)),
        "pool2d, avg": ((2, 5, 6), [{"pool2d": {"kind": "avg", "kernel": 3, "stride": 1,
                                                "padding": 1}}], {},
                        lambda w, x: F.avg_pool2d(x, 3, 1, 1)),
        "global_pool, avg": ((3, 2, 4), ["global_pool"], {}, lambda w, x: x.mean((2, 3))),
        "global_pool, max": ((3, 2, 4), [{"global_pool": {"kind": "max"}}], {},
                             lambda w, x: x.amax((2, 3))),
        "batch_norm": ((3, 2, 4), [{"batch_norm": {"eps": 1e-3}}], pair("batch_norm", 3),
                       batch_norm, {"training": True}),
        "batch_norm of rows": ((3,), [{"batch_norm": {"eps": 1e-3}}], pair("batch_norm", 3),
                               batch_norm, {"training": True}),
        "batch_norm, new": ((3,), [{"batch_norm": {"eps": 1e-3}}], pair("batch_norm", 3),
                            lambda w, x: F.batch_norm(x, torch.zeros(3).double(),
                                                      torch.ones(3).double(),
                                                      w["0.batch_norm.gain"],
                                                      w["0.batch_norm.bias"], eps=1e-3)),
        "group_norm": ((4, 2, 3), [{"group_norm": {"groups": 2, "eps": 1e-3}}],
                       pair("group_norm", 4),
                       lambda w, x: F.group_norm(x, 2, w["0.group_norm.gain"],
                                                 w["0.group_norm.bias"], 1e-3)),
        "layer_norm": ((2, 5), [{"layer_norm": {"eps": 1e-3}}], pair("layer_norm", 5),
                       lambda w, x: F.layer_norm(x, (5,), w["0.layer_norm.gain"],
                                                 w["0.layer_norm.bias"], 1e-3)),
        "embedding": ((4,), [{"embedding": {"count": 5, "width": 3}}],
                      {"0.embedding.weight": (5, 3)},
                      lambda w, x: F.embedding(x, w["0.embedding.weight"]), {"whole": 5}),
        "dropout, not training": ((3,), ["dropout"], {}, lambda w, x: x),
        "shapes": ((2, 6), ["flatten", {"reshape": {"channels": 3, "height": 2, "width": 2}}], {},
                   lambda w, x: x.reshape(-1, 3, 2, 2)),
        "last": ((4, 3), ["last"], {}, lambda w, x: x[:, -1]),
        "mean_time": ((4, 3), ["mean_time"], {}, lambda w, x: x.mean(1)),
        "attention, pre": ((5, 4), [{"attention": {"heads": 2, "hidden": 6}}],
                           attention_weights(4, 6), attention(2, True, "gelu", False)),
        "attention, post": ((5, 4), [{"attention": {"heads": 1, "norm": "post",
                                                    "activation": "relu", "causal": True}}],
                            attention_weights(4, 16), attention(1, False, "relu", True)),
        "residual": ((4,), [{"residual": {"layers": [{"linear": {"units": 4}}, "tanh"]}}], feed,
                     lambda w, x: x + torch.tanh(linear(w, x, "0.0."))),
        "sequential": ((4,), [{"sequential": {"layers": [
                           {"linear": {"units": 4}}, {"residual": {"layers": ["tanh"]}}]}}], feed,
                       lambda w, x: linear(w, x, "0.0.") + torch.tanh(linear(w, x, "0.0."))),
        "ema": ((6, 2), [{"ema": {"alpha": 0.2}}], {}, ema(0.2)),
        "ema of all": ((6, 2), [{"ema": {"alpha": 1}}], {}, lambda w, x: x),
        "ema, learned": ((6, 2), [{"ema": {"learned": True}}], {"0.ema.logit": (1,)}, ema(None)),
    }
    for order, cutoff in BUTTER:
        out[f"low_pass {order}, {cutoff}"] = (
            (8, 2), [{"low_pass": {"order": order, "cutoff": cutoff}}], {},
            low_pass(order, cutoff))
    return out


def flat(t):
    return t.detach().flatten().tolist()


def layer_case(shape, layers, weights, run, more=None):
    more, batch = more or {}, 3
    w = {k: (0.5 * torch.randn(*s, dtype=torch.float64)).float().double().requires_grad_()
         for k, s in weights.items()}
    if "whole" in more:
        x = torch.randint(0, more["whole"], (batch, *shape))
    else:
        x = torch.randn(batch, *shape, dtype=torch.float64).float().double().requires_grad_()
    y = run(w, x)
    seed = torch.randn(*y.shape, dtype=torch.float64).float().double()
    sources = list(w.values()) + ([x] if x.requires_grad else [])
    g = torch.autograd.grad((y * seed).sum(), sources)
    out = {"shape": list(shape), "layers": layers, **more, "batch": batch, "x": flat(x),
           "output_shape": list(y.shape[1:]), "output": flat(y), "seed": flat(seed),
           "weights": {k: {"value": flat(v), "gradient": flat(d)}
                       for (k, v), d in zip(w.items(), g)}}
    if x.requires_grad:
        out["x_gradient"] = flat(g[-1])
    return out


def loss_cases():
    x = torch.randn(4, 3, dtype=torch.float64).float().double().requires_grad_()
    y = torch.randn(4, 3, dtype=torch.float64).float().double()
    bits = (y > 0).double()
    labels = torch.tensor([2, 0, 1, 1])
    out = {}
    for name, key, settings, target, loss in [
            ("mse", "mse", {}, y, F.mse_loss), ("mae", "mae", {}, y, F.l1_loss),
            ("huber", "huber", {}, y, F.huber_loss),
            ("huber, 0.5", "huber", {"delta": "0.5"}, y,
             lambda a, b: F.huber_loss(a, b, delta=0.5)),
            ("cross_entropy", "cross_entropy", {}, labels, F.cross_entropy),
            ("bce_with_logits", "bce_with_logits", {}, bits, F.binary_cross_entropy_with_logits),
            ("soft_margin", "soft_margin", {}, bits,
             lambda a, b: F.soft_margin_loss(a, 2 * b - 1)),
            ("multi_label_soft_margin", "multi_label_soft_margin", {}, bits,
             F.multilabel_soft_margin_loss)]:
        value = loss(x, target)
        out[name] = {"class": key, "settings": settings, "target": flat(target),
                     "value": value.item(), "gradient": flat(torch.autograd.grad(value, x)[0])}
    return {"shape": [4, 3], "output": flat(x), "cases": out}


def made():
    torch.manual_seed(21)
    return {"made_by": f"tools/oracle_nn.py, PyTorch {torch.__version__.split('+')[0]}",
            "layers": {name: layer_case(*case) for name, case in cases().items()},
            "losses": loss_cases()}


def difference(a, b):
    """The largest, of numbers relative to 1 or to themselves."""
    if isinstance(a, dict):
        return max((difference(v, b[k]) for k, v in a.items() if k != "made_by"), default=0)
    if isinstance(a, list):
        return max((difference(x, y) for x, y in zip(a, b, strict=True)), default=0)
    if isinstance(a, float):
        return abs(a - b) / max(1, abs(a))
    return 0 if a == b else float("inf")


def lines(value, depth):
    """JSON with a line for each entry down to a depth."""
    if depth == 0 or not isinstance(value, dict):
        return json.dumps(value)
    return "{" + ",\n".join(f"{json.dumps(k)}: {lines(v, depth - 1)}"
                            for k, v in value.items()) + "}"


def main():
    warnings.simplefilter("ignore")
    if sys.argv[1:] == ["--check"]:
        with open(OUT, encoding="utf-8") as f:
            worst = difference(json.load(f), made())
        print(f"the largest difference is {worst:.1e}")
        sys.exit(worst > 1e-13)
    with open(OUT, "w", encoding="utf-8") as f:
        f.write(lines(made(), 3) + "\n")


if __name__ == "__main__":
    main()
