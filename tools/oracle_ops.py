#!/usr/bin/env python3
"""Write tests/oracle/ops_*.json: PyTorch's values and gradients, in f64, of tensor operations.

    python3 tools/oracle_ops.py

Needs torch and numpy.  tests/unit/graph/test_op_values.c compares; it needs the numbers only.
A case has the name of its row in tests/unit/graph/op_cases_*.c, and

    "in"    of each input its shape and values, multiples of 1/64 that every float dtype has
    "out"   shape and values
    "grad"  of each input the gradient of the sum of out * weight, null where it has none; absent
            where the case is about values alone

with weight i = ((37 i) mod 23 - 11.5) / 8.  Numbers that are not finite are strings.
"""

import json
import math
import os
import random
import re

import numpy as np
import torch
import torch.nn.functional as F

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
ALL = None  # every axis
END = 2**63 - 1
NAN, INF = math.nan, math.inf


class Case:
    """Inputs are drawn from a generator that the case's name seeds."""

    def __init__(self, name, f, *inputs, values_only=False):
        self.name, self.f, self.values_only = name, f, values_only
        r = random.Random(name)
        self.inputs = [i(r) for i in inputs]


def tensor(values, shape, differentiable=True):
    t = torch.tensor(values, dtype=torch.float64).reshape(shape)
    return t.requires_grad_(differentiable)


def spread(low, high, *shape, differentiable=True, away=None):
    """Distinct multiples of 1/64, none of them near `away`."""
    near = 4 if away is not None else -1
    grid = [k for k in range(math.ceil(low * 64), math.floor(high * 64) + 1)
            if abs(k - 64 * (away or 0)) > near]
    return lambda r: tensor([k / 64 for k in r.sample(grid, math.prod(shape))], shape,
                            differentiable)


def fixed(low, high, *shape):
    return spread(low, high, *shape, differentiable=False)


def whole(low, high, *shape):
    return lambda r: tensor([r.randint(low, high) for _ in range(math.prod(shape))], shape, False)


def condition(*shape):
    return whole(0, 1, *shape)


def signs(*shape):
    return lambda r: tensor([r.choice((-1, 1)) for _ in range(math.prod(shape))], shape, False)


def index(most, *shape):
    """Every index comes, where there is room, and some twice."""
    n = math.prod(shape)
    return lambda r: tensor(r.sample([k % (most + 1) for k in range(n)], n), shape, False)


def given(values, *shape, differentiable=True):
    return lambda r: tensor(values, shape, differentiable)


# --- pairs --------------------------------------------------------------------------------

BROADCASTS = [((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((2, 3), ()),
              ((), (2, 3)), ((), ()), ((2, 1, 3), (4, 1)), ((1,), (2, 2)),
              ((2, 1, 2, 1), (3, 1, 2))]
SPECIAL = [NAN, INF, -INF, 0, -0.0, 1, -3, 0.5]
SPECIAL_A = [a for a in SPECIAL for _ in SPECIAL]
SPECIAL_B = [b for _ in SPECIAL for b in SPECIAL]


def text(shape):
    return json.dumps(list(shape), separators=(",", ":"))


def pair_cases():
    ranges = {
        "add": (torch.add, (-2, 2), (-3, 1)), "sub": (torch.sub, (-2, 2), (-3, 1)),
        "mul": (torch.mul, (-2, 2), (0.5, 3)), "div": (torch.div, (-2, 2), (0.5, 3)),
        "pow": (torch.pow, (0.5, 2), (-2, 2.5)),
        "maximum": (torch.maximum, (-2, 2), (-1.75, 1.75)),
        "minimum": (torch.minimum, (-2, 2), (-1.75, 1.75)),
    }
    for name, (f, in_a, in_b) in ranges.items():
        for a, b in BROADCASTS:
            yield Case(f"{name} {text(a)},{text(b)}", f, spread(*in_a, *a), shifted(*in_b, *b))
        yield Case(f"{name} awkward", f, given(SPECIAL_A, 64), given(SPECIAL_B, 64),
                   values_only=True)
    compare = {"equal": torch.eq, "not_equal": torch.ne, "less": torch.lt, "less_equal": torch.le,
               "greater": torch.gt, "greater_equal": torch.ge}
    for name, f in compare.items():
        yield Case(f"{name} [3,3],[3]", f, whole(0, 3, 3, 3), whole(0, 2, 3), values_only=True)
        yield Case(f"{name} awkward", f, given(SPECIAL_A, 64), given(SPECIAL_B, 64),
                   values_only=True)
    yield Case("logical_not [2,3]", torch.logical_not, condition(2, 3), values_only=True)
    for c, a, b in [((2, 3), (2, 3), (2, 3)), ((3,), (2, 1), ()), ((2, 1, 1), (3,), (2, 1))]:
        yield Case(f"where {text(c)},{text(a)},{text(b)}",
                   lambda c, a, b: torch.where(c != 0, a, b), condition(*c), spread(-2, 2, *a),
                   spread(-2, 2, *b))
    for number in (0.75, -3):
        yield Case(f"add_number {number}", lambda x, n=number: x + n, spread(-2, 2, 2, 3))
    for number in (-1.5, 3):
        yield Case(f"mul_number {number}", lambda x, n=number: x * n, spread(-2, 2, 2, 3))
    for number in (0.5, 1, 2, 3, -1, -2, 1.7):
        low = -2 if number in (1, 2, 3) else 0.5
        yield Case(f"pow_number {number}", lambda x, n=number: x**n, spread(low, 4, 2, 3))
    for name, d in (("f32", torch.float32), ("f16", torch.float16), ("bf16", torch.bfloat16)):
        fine = [k / 3 for k in (-2.9, -1.7, -0.3, 0.7, 1.3, 2.8)]
        fine = np.array(fine, dtype=np.float32).tolist()  # which f32 has
        yield Case(f"cast through {name}", lambda x, d=d: x.to(d).to(torch.float64),
                   given(fine, 2, 3))
    yield Case("cast to f32", lambda x: x.to(torch.float32).to(torch.float64), given(fine, 2, 3))


def shifted(low, high, *shape):
    """Between the multiples of 1/64, so that no element ties with one of another input."""
    draw = spread(low, high - 1 / 64, *shape)
    return lambda r: (draw(r).detach() + 1 / 128).requires_grad_(True)


# --- maps ---------------------------------------------------------------------------------

TINY = 2.0**-140  # subnormal in f32
AWKWARD = [NAN, INF, -INF, 0, -0.0, 1, -1, 0.5, -0.5, TINY, -TINY, 2.0**-24, -2.0**-24, 88.5, -88.5,
           100, -104, 1000, -1000, 9000, 2.0**127, -2.0**127]


def sign(x):
    return torch.where(torch.isnan(x), x, torch.sign(x))


def softplus(x):
    return torch.logaddexp(x, torch.zeros_like(x))


def map_cases():
    maps = {
        "neg": (torch.neg, -2, 2), "abs": (torch.abs, -2, 2), "sign": (sign, -2, 2),
        "square": (torch.square, -2, 2), "exp": (torch.exp, -2, 2), "expm1": (torch.expm1, -2, 2),
        "log": (torch.log, 0.25, 4), "log1p": (torch.log1p, -0.75, 4),
        "sqrt": (torch.sqrt, 0.25, 4), "rsqrt": (torch.rsqrt, 0.25, 4),
        "reciprocal": (torch.reciprocal, 0.25, 4), "sin": (torch.sin, -4, 4),
        "cos": (torch.cos, -4, 4), "tanh": (torch.tanh, -2, 2), "erf": (torch.erf, -2, 2),
        "sigmoid": (torch.sigmoid, -3, 3), "relu": (torch.relu, -2, 2),
        "selu": (torch.selu, -2, 2), "gelu": (F.gelu, -3, 3), "silu": (F.silu, -3, 3),
        "softplus": (softplus, -3, 3), "leaky_relu": (lambda x: F.leaky_relu(x, 0.125), -2, 2),
        "elu": (lambda x: F.elu(x, 1.5), -2, 2),
        "hardtanh": (lambda x: torch.clamp(x, -1.1, 1.45), -2, 2.5),
        "clamp": (lambda x: torch.clamp(x, -0.45, 0.82), -2, 2),
    }
    for name, (f, low, high) in maps.items():
        away = {"hardtanh": 1.45, "clamp": -0.45}.get(name, 0)
        yield Case(f"{name} [3,4]", f, spread(low, high, 3, 4, away=away))
        yield Case(f"{name} awkward", f, given(AWKWARD, 22), values_only=True)
    yield Case("relu at 0", torch.relu, given([0, 0], 2))


# --- reductions ---------------------------------------------------------------------------

AWKWARD_ROWS = [NAN, 1, 2, 3, 1, 2, NAN, 3, INF, 1, -INF, 2, -INF, -INF, -INF, -INF, INF, INF, 1, 0,
                1000, 1001, 999, 1000, -1000, -1001, -1000, -1000, 0, -0.0, 0, 0,
                2.0**100, 2.0**100, 2.0**100, 2.0**100, 5, 5, 5, 5, 3, 7, 7, 1]
AXES = [("axis 0", 0, False), ("axis 1", 1, False), ("axis -1", -1, False), ("all", ALL, False),
        ("axis 0 keep", 0, True), ("axis -2 keep", -2, True), ("axis 2 keep", 2, True),
        ("all keep", ALL, True)]


def axes_of(x, axis):
    return tuple(range(x.dim())) if axis is ALL else (axis,)


def reduction(f):
    return lambda axis, keep: lambda x: f(x, dim=axes_of(x, axis), keepdim=keep)


def argument(f):
    """NumPy's, which gives the first of equal ones, and of NaN."""
    def of(axis, keep):
        def run(x):
            found = torch.from_numpy(np.asarray(f(x.detach().numpy(), axis=axis)))
            return found.unsqueeze(axis) if keep else found
        return run
    return of


def reduction_cases():
    reductions = {"sum": reduction(torch.sum), "mean": reduction(torch.mean),
                  "max": reduction(torch.amax), "min": reduction(torch.amin),
                  "log_sum_exp": reduction(torch.logsumexp)}
    for name, f in reductions.items():
        for words, axis, keep in AXES:
            yield Case(f"{name} {words}", f(axis, keep), spread(-2, 2, 2, 3, 4))
        yield Case(f"{name} awkward", f(1, False), given(AWKWARD_ROWS, 11, 4), values_only=True)
    for name in ("max", "min"):
        yield Case(f"{name} ties", reductions[name](1, False),
                   given([1, 3, 3, 0, 2, 2, 2, 2, -1, 0, -1, 0], 3, 4))
    for name, f in (("argmax", argument(np.argmax)), ("argmin", argument(np.argmin))):
        for words, axis, keep in [("axis 0", 0, False), ("axis 1", 1, False),
                                  ("axis -1", -1, False), ("axis 1 keep", 1, True)]:
            yield Case(f"{name} {words}", f(axis, keep), whole(0, 5, 3, 4, 2), values_only=True)
        yield Case(f"{name} awkward", f(1, False), given(AWKWARD_ROWS, 11, 4), values_only=True)
    for words, axis, correction, keep in [
            ("axis 0", 0, 0, False), ("axis 1 sample", 1, 1, False),
            ("axis -1 sample keep", -1, 1, True), ("all", ALL, 0, False),
            ("all sample keep", ALL, 1, True)]:
        yield Case(f"variance {words}", variance(axis, correction, keep), spread(-2, 2, 2, 3, 4))
    yield Case("variance far from 0", lambda x: ((x - x.mean(1, keepdim=True))**2).mean(1),
               far_from_0)
    for name, f in (("softmax", torch.softmax), ("log_softmax", torch.log_softmax)):
        for words, axis in [("axis 0", 0), ("axis 1", 1), ("axis -1", -1)]:
            yield Case(f"{name} {words}", lambda x, f=f, a=axis: f(x, a), spread(-2, 2, 2, 3, 4))
        yield Case(f"{name} awkward", lambda x, f=f: f(x, -1), given(AWKWARD_ROWS, 11, 4),
                   values_only=True)
    yield Case("sum of one", lambda x: x.sum(0), spread(-2, 2, 1))
    yield Case("sum of a scalar", lambda x: x.sum(), spread(-2, 2))
    yield Case("softmax of one", lambda x: torch.softmax(x, 1), spread(-2, 2, 3, 1))


def variance(axis, correction, keep):
    return lambda x: torch.var(x, dim=axes_of(x, axis), unbiased=bool(correction), keepdim=keep)


def far_from_0(r):
    """Means and deviations are exact in f32: what is left is the method's error."""
    rows = [r.sample([65536 + k % 8 / 8 for k in range(16)], 16) for _ in range(3)]
    return tensor(rows, (3, 16))


# --- shapes -------------------------------------------------------------------------------


def sliced(axis, begin, end, step):
    def run(x):
        at = [slice(None)] * x.dim()
        at[axis] = slice(begin, None if end == END else end, step)
        return x[tuple(at)]
    return run


def padded(axis, before, after, value):
    def run(x):
        widths = [0, 0] * (x.dim() - 1 - axis % x.dim()) + [before, after]
        return F.pad(x, widths, value=value)
    return run


def shape_cases():
    for frm, to in [((2, 6), (3, 4)), ((2, 6), (2, -1, 2)), ((2, 3), (-1,)), ((1, 1), ())]:
        yield Case(f"reshape {text(frm)} to {text(to)}", lambda x, to=to: x.reshape(to),
                   spread(-2, 2, *frm))
    yield Case("reshape [] to [1,1]", lambda x: x.reshape(1, 1), spread(1, 2))
    for frm, to in [((2, 3), (6,)), ((2, 3, 2), (3, 4))]:
        yield Case(f"reshape {text(frm)} transposed to {text(to)}",
                   lambda x, to=to: x.transpose(0, 1).reshape(to), spread(-2, 2, *frm))
    yield Case("transpose [2,3]", lambda x: x.T, spread(-2, 2, 2, 3))
    yield Case("transpose [2,3,4] 0,-1", lambda x: x.transpose(0, -1), spread(-2, 2, 2, 3, 4))
    yield Case("transpose [2,3] 1,1", lambda x: x * 1, spread(-2, 2, 2, 3))
    yield Case("permute [2,3,4] 2,0,1", lambda x: x.permute(2, 0, 1), spread(-2, 2, 2, 3, 4))
    yield Case("permute [2,3,2,2] 1,3,2,0", lambda x: x.permute(1, 3, 2, 0),
               spread(-2, 2, 2, 3, 2, 2))
    for frm, to in [((3, 1), (2, 3, 4)), ((3,), (2, 3)), ((), (2, 2)), ((2, 3), (2, 3))]:
        yield Case(f"broadcast {text(frm)} to {text(to)}",
                   lambda x, to=to: torch.broadcast_to(x, to), spread(1, 4, *frm))
    for axis in (0, 1, 2, -1):
        yield Case(f"expand_axis {axis}", lambda x, a=axis: x.unsqueeze(a), spread(-2, 2, 2, 3))
    for axis, shape in [(0, (1, 2, 3)), (1, (2, 1, 3)), (-1, (2, 3, 1))]:
        yield Case(f"squeeze_axis {axis}", lambda x, a=axis: x.squeeze(a), spread(-2, 2, *shape))
    for words, shape, *how in [("1:3", (4, 3), 0, 1, 3, 1), ("-2:", (4, 3), 0, -2, END, 1),
                               (":-1", (3, 4), 1, 0, -1, 1), ("::2", (2, 5), -1, 0, END, 2),
                               ("1:6:3", (7, 2), 0, 1, 6, 3), (":99", (3, 2), 0, 0, 99, 1)]:
        yield Case(f"slice {words}", sliced(*how), spread(-2, 2, *shape))
    yield Case("slice of a slice", lambda x: x[1:][:, ::2], spread(-2, 2, 5, 4))
    yield Case("pad axis 0", padded(0, 1, 2, 0), spread(-2, 2, 2, 3))
    yield Case("pad axis -1 with 1", padded(-1, 2, 0, 1), spread(-2, 2, 2, 3))
    yield Case("pad nothing", lambda x: x * 1, spread(-2, 2, 2, 3))
    yield Case("concat axis 0", lambda *x: torch.cat(x, 0), spread(-2, 2, 2, 3),
               spread(-2, 2, 1, 3))
    yield Case("concat axis -1", lambda *x: torch.cat(x, -1), spread(-2, 2, 2, 1),
               spread(-2, 2, 2, 3), spread(-2, 2, 2, 2))
    yield Case("concat of one", lambda x: x * 1, spread(-2, 2, 2, 2))
    yield Case("concat one twice", lambda a, b: torch.cat((a, b, a), 1), spread(-2, 2, 2, 2),
               spread(-2, 2, 2, 1))
    yield Case("stack axis 0", lambda *x: torch.stack(x, 0), *[spread(-2, 2, 2, 2)] * 3)
    yield Case("stack axis -1", lambda *x: torch.stack(x, -1), *[spread(-2, 2, 2, 3)] * 2)
    yield Case("stack scalars", lambda *x: torch.stack(x, 0), spread(1, 2), spread(2, 3))


# --- indexing -----------------------------------------------------------------------------


def gather(axis):
    def run(x, at):
        a = axis % x.dim()
        rows = torch.index_select(x, a, at.long().flatten())
        return rows.reshape(x.shape[:a] + at.shape + x.shape[a + 1:])
    return run


def scatter_add(axis, size):
    def run(x, at):
        a = axis % (x.dim() - at.dim() + 1)
        before, after = x.shape[:a], x.shape[a + at.dim():]
        rows = x.reshape(before + (at.numel(),) + after)
        return torch.zeros(before + (size,) + after, dtype=x.dtype).index_add(
            a, at.long().flatten(), rows)
    return run


def gather_outside(x, at):
    inside = (at >= 0) & (at < len(x))
    rows = x[torch.where(inside, at, torch.zeros_like(at)).long()]
    return torch.where(inside[:, None], rows, torch.tensor(NAN, dtype=x.dtype))


def scatter_outside(x, at):
    inside = (at >= 0) & (at < 3)
    return scatter_add(0, 3)(x[inside], at[inside])


def index_cases():
    for words, axis, shape, most, at in [
            ("axis 0 by [4]", 0, (3, 2), 2, (4,)), ("axis 1 by [2,2]", 1, (2, 3, 2), 2, (2, 2)),
            ("axis -1 by [5]", -1, (2, 3), 2, (5,)), ("[4] by [2,3]", 0, (4,), 3, (2, 3)),
            ("axis 0 by one", 0, (3, 2), 0, (1,))]:
        yield Case(f"gather {words}", gather(axis), spread(-2, 2, *shape), index(most, *at))
    outside = given([-1, 2, 3, 0, -2.0**40], 5, differentiable=False)
    yield Case("gather outside", gather_outside, spread(-2, 2, 3, 2), outside, values_only=True)
    for words, axis, size, shape, most, at in [
            ("axis 0 by [5]", 0, 4, (5, 2), 3, (5,)),
            ("axis 1 by [2,2]", 1, 3, (2, 2, 2, 2), 2, (2, 2)),
            ("axis -1 by [3]", -1, 5, (2, 3), 2, (3,))]:
        yield Case(f"scatter_add {words}", scatter_add(axis, size), spread(-2, 2, *shape),
                   index(most, *at))
    yield Case("scatter_add outside", scatter_outside, spread(-2, 2, 5, 2), outside,
               values_only=True)
    yield Case("embedding by [2,3]", lambda t, at: F.embedding(at.long(), t),
               spread(-2, 2, 5, 3), index(4, 2, 3))
    for words, shape, classes in [("[4] of 3 f64", (4,), 3), ("[2,3] of 4 f32", (2, 3), 4),
                                  ("[3] of 5 i32", (3,), 5)]:
        yield Case(f"one_hot {words}", lambda at, n=classes: F.one_hot(at.long(), n),
                   index(min(classes - 1, 2 if classes == 5 else 9), *shape), values_only=True)


# --- linear -------------------------------------------------------------------------------


def normed(x, gain=None, bias=None, eps=1e-5):
    return F.layer_norm(x, x.shape[-1:], gain, bias, eps)


def batch_normed(x, gain=None, bias=None):
    return F.batch_norm(x, None, None, gain, bias, training=True)


def linear_cases():
    for a, b in [((2, 3), (3, 4)), ((1, 5), (5, 1)), ((3, 1), (1, 2)), ((2, 2, 3), (2, 3, 2)),
                 ((2, 1, 2, 3), (2, 3, 2)), ((2, 3), (2, 3, 2)), ((2, 2, 3), (3, 2))]:
        yield Case(f"matmul {text(a)},{text(b)}", torch.matmul, spread(-2, 2, *a),
                   spread(-2, 2, *b))
    yield Case("matmul [3,2]T,[3,4]", lambda a, b: a.mT @ b, spread(-2, 2, 3, 2),
               spread(-2, 2, 3, 4))
    yield Case("matmul [2,3],[4,3]T", lambda a, b: a @ b.mT, spread(-2, 2, 2, 3),
               spread(-2, 2, 4, 3))
    yield Case("matmul [2,3,2]T,[2,4,3]T", lambda a, b: a.mT @ b.mT, spread(-2, 2, 2, 3, 2),
               spread(-2, 2, 2, 4, 3))
    yield Case("matmul xTx", lambda x: x.T @ x, spread(-2, 2, 4, 3))
    yield Case("linear [2,3]", lambda x, w, b: x @ w + b, spread(-2, 2, 2, 3),
               spread(-2, 2, 3, 4), spread(-2, 2, 4))
    yield Case("linear [2,2,3]", lambda x, w, b: x @ w + b, spread(-2, 2, 2, 2, 3),
               spread(-2, 2, 3, 2), spread(-2, 2, 2))
    yield Case("linear without bias", torch.matmul, spread(-2, 2, 2, 3), spread(-2, 2, 3, 2))
    yield Case("layer_norm", normed, spread(-2, 2, 2, 2, 4), spread(0.5, 2, 4), spread(-1, 1, 4))
    yield Case("layer_norm gain alone", lambda x, g: normed(x, g, eps=1e-3),
               spread(-2, 2, 3, 4), spread(0.5, 2, 4))
    yield Case("layer_norm bias alone", lambda x, b: normed(x, bias=b, eps=0.125),
               spread(-2, 2, 3, 4), spread(-1, 1, 4))
    yield Case("layer_norm plain", normed, spread(-2, 2, 3, 5))
    yield Case("batch_norm training [4,3]", batch_normed, spread(-2, 2, 4, 3),
               spread(0.5, 2, 3), spread(-1, 1, 3))
    yield Case("batch_norm training [2,3,4]", batch_normed, spread(-2, 2, 2, 3, 4))
    yield Case("batch_norm running [4,3]", lambda x, g, m, v: F.batch_norm(x, m, v, g, eps=1e-3),
               spread(-2, 2, 4, 3), spread(0.5, 2, 3), fixed(-1, 1, 3), fixed(0.5, 2, 3))
    yield Case("batch_norm running [2,3,2]", lambda x, m, v: F.batch_norm(x, m, v, eps=1e-3),
               spread(-2, 2, 2, 3, 2), fixed(-1, 1, 3), fixed(0.5, 2, 3))


# --- sequences ----------------------------------------------------------------------------


def run_rows(of, x, state, lengths):
    """Row by row, each as long as it is: outputs, 0 beyond, and the states after them."""
    rows = []
    for b, n in enumerate(int(n) for n in lengths):
        at = tuple(s[:, b:b + 1] for s in state)
        if n == 0:
            rows.append((torch.zeros_like(x[b:b + 1, :, :1]) * at[0][0], *at))
            continue
        y, *last = of(x[b:b + 1, :n], at)
        rows.append((F.pad(y, (0, 0, 0, x.shape[1] - n)), *last))
    y, *last = zip(*rows)
    return torch.cat(y, 0), *(torch.cat(s, 1) for s in last)


def recurrent(cell, given, states=False):
    """`given` names the inputs after x and both weights; with `states` those after the last step
    come behind the outputs, as more steps."""
    def run(x, w_input, w_recurrent, *more):
        named = dict(zip(given, more))
        h = w_recurrent.shape[0]
        none = torch.zeros(w_recurrent.shape[1], dtype=x.dtype)
        zeros = torch.zeros(x.shape[0], h, dtype=x.dtype)
        weights = [w_input.T, w_recurrent.T, named.get("bias", none),
                   named.get("bias_recurrent", none)]
        state = [named.get(k, zeros)[None] for k in (("h0", "c0") if cell == "lstm" else ("h0",))]

        def of(x, s):
            s = tuple(s) if cell == "lstm" else s[0]
            f = torch.lstm if cell == "lstm" else torch.gru
            return f(x, s, weights, True, 1, 0.0, False, False, True)
        out = run_rows(of, x, state, named.get("lengths", [x.shape[1]] * x.shape[0]))
        return torch.cat([out[0], *(s.transpose(0, 1) for s in out[1:])], 1) if states else out[0]
    return run


def sequence_cases():
    for cell, gates in (("lstm", 4), ("gru", 3)):
        def weights(inputs, h, gates=gates):
            return (spread(-2, 2, inputs, gates * h), spread(-2, 2, h, gates * h))
        biases = ["bias"] if cell == "lstm" else ["bias", "bias_recurrent"]
        states = ["h0", "c0"] if cell == "lstm" else ["h0"]
        yield Case(f"{cell} [2,3,2]", recurrent(cell, biases), spread(-2, 2, 2, 3, 2),
                   *weights(2, 2), *[spread(-1, 1, 2 * gates)] * len(biases))
        yield Case(f"{cell} plain", recurrent(cell, []), spread(-2, 2, 3, 2, 1), *weights(1, 3))
        yield Case(f"{cell} states", recurrent(cell, states, True), spread(-2, 2, 2, 3, 1),
                   *weights(1, 2), *[spread(-1, 1, 2, 2)] * len(states))
        yield Case(f"{cell} lengths", recurrent(cell, biases + states + ["lengths"], True),
                   spread(-2, 2, 3, 2, 2), *weights(2, 2),
                   *[spread(-1, 1, 2 * gates)] * len(biases),
                   *[spread(-1, 1, 3, 2)] * len(states), index(2, 3))

# --- windows ------------------------------------------------------------------------------


def conv(f, **how):
    return lambda x, w, b=None: f(x, w, b, **how)


def window(axis, size, step, dilation):
    """Elements of windows, picked one place after another."""
    def run(x):
        a = axis % x.dim()
        count = (x.shape[a] - dilation * (size - 1) - 1) // step + 1
        places = [x.narrow(a, k * dilation, (count - 1) * step + 1) for k in range(size)]
        each = [p.index_select(a, torch.arange(0, p.shape[a], step)) for p in places]
        return torch.stack(each, -1)
    return run


def convolution_cases():
    x, w, c2, c1 = (-2, 2), (-1, 1), F.conv2d, F.conv1d
    for name, shape, how in [("[7] of 3", (7,), (0, 3, 1, 1)),
                             ("[2,7,2] of 2 by 3", (2, 7, 2), (1, 2, 3, 1)),
                             ("[2,9] of 3 by 2 apart 2", (2, 9), (-1, 3, 2, 2)),
                             ("[3,2] of 1", (3, 2), (0, 1, 2, 3))]:
        yield Case(f"window {name}", window(*how), spread(*x, *shape))
    yield Case("windows squared", lambda x: window(1, 3, 2, 1)(x)**2, spread(*x, 2, 7))
    for name, f, of, by, bias, how in [
            ("conv2d plain", c2, (2, 2, 5, 4), (3, 2, 3, 2), 0, {}),
            ("conv2d same", c2, (2, 2, 5, 5), (3, 2, 3, 3), 3, {"padding": 1}),
            ("conv2d stride 2", c2, (1, 2, 7, 6), (2, 2, 3, 3), 0, {"stride": 2, "padding": 1}),
            ("conv2d stride 3,2 padding 0,2", c2, (1, 2, 8, 5), (2, 2, 2, 3), 0,
             {"stride": (3, 2), "padding": (0, 2)}),
            ("conv2d dilation 2,3", c2, (1, 2, 7, 8), (2, 2, 3, 2), 0,
             {"padding": (2, 1), "dilation": (2, 3)}),
            ("conv2d stride 2 dilation 2 padding 3", c2, (1, 1, 6, 7), (2, 1, 3, 3), 0,
             {"stride": 2, "padding": 3, "dilation": 2}),
            ("conv2d groups 2", c2, (2, 4, 4, 4), (6, 2, 3, 2), 6,
             {"padding": (1, 0), "groups": 2}),
            ("conv2d depthwise", c2, (2, 3, 5, 4), (3, 1, 3, 3), 0,
             {"stride": (1, 2), "padding": 1, "groups": 3}),
            ("conv2d 1x1", c2, (2, 3, 3, 4), (2, 3, 1, 1), 0, {}),
            ("conv2d window of all", c2, (2, 2, 3, 4), (3, 2, 3, 4), 0, {}),
            ("conv2d padding beyond", c2, (1, 1, 2, 2), (1, 1, 3, 3), 0, {"padding": (4, 3)}),
            ("conv2d stride leaves", c2, (1, 1, 8, 8), (1, 1, 2, 2), 0, {"stride": (3, 4)}),
            ("conv1d", c1, (2, 3, 9), (4, 3, 3), 4, {}),
            ("conv1d stride 2 padding 2 dilation 2 groups 2", c1, (2, 4, 9), (2, 2, 3), 0,
             {"stride": 2, "padding": 2, "dilation": 2, "groups": 2})]:
        more = [spread(*w, bias)] if bias else []
        yield Case(name, conv(f, **how), spread(*x, *of), spread(*w, *by), *more)
    yield Case("conv2d of views",
               lambda x, w: F.conv2d(x.permute(0, 3, 1, 2), w.transpose(0, 1), padding=1),
               spread(*x, 2, 4, 4, 2), spread(*w, 2, 3, 2, 2))


def pool_cases():
    greatest, mean = F.max_pool2d, F.avg_pool2d
    for name, f, of, how in [
            ("max_pool2d 2x2", greatest, (2, 2, 4, 6), {"kernel_size": 2}),
            ("max_pool2d 3x2 stride 2 padding 1", greatest, (1, 2, 7, 6),
             {"kernel_size": (3, 2), "stride": 2, "padding": 1}),
            ("max_pool2d dilation 2", greatest, (1, 2, 7, 6),
             {"kernel_size": (2, 3), "stride": 1, "padding": 1, "dilation": 2}),
            ("max_pool2d stride 3", greatest, (1, 1, 5, 11),
             {"kernel_size": (2, 3), "stride": 3, "padding": (0, 1)}),
            ("max_pool1d", F.max_pool1d, (2, 2, 9), {"kernel_size": 3, "stride": 2, "padding": 1}),
            ("avg_pool2d 2x3", mean, (2, 2, 4, 6), {"kernel_size": (2, 3)}),
            ("avg_pool2d 3x3 stride 2 padding 1", mean, (1, 2, 7, 6),
             {"kernel_size": 3, "stride": 2, "padding": 1}),
            ("avg_pool2d without padding", mean, (1, 2, 5, 6),
             {"kernel_size": (3, 2), "stride": (1, 2), "padding": 1, "count_include_pad": False}),
            ("avg_pool1d", F.avg_pool1d, (2, 2, 7), {"kernel_size": 2}),
            ("adaptive_max_pool2d [7,6] to [3,4]", F.adaptive_max_pool2d, (1, 2, 7, 6),
             {"output_size": (3, 4)}),
            ("adaptive_avg_pool2d [6,4] to [3,2]", F.adaptive_avg_pool2d, (2, 2, 6, 4),
             {"output_size": (3, 2)}),
            ("adaptive_avg_pool2d [7,5] to [3,2]", F.adaptive_avg_pool2d, (1, 2, 7, 5),
             {"output_size": (3, 2)})]:
        yield Case(name, lambda x, f=f, how=how: f(x, **how), spread(-2, 2, *of))
    yield Case("max_pool2d squared", lambda x: greatest(x, 2, 1)**2, spread(-2, 2, 1, 2, 4, 5))
    ties = whole(0, 2, 1, 2, 6, 6)
    yield Case("max_pool2d of ties", lambda x: greatest(x, 3, (1, 2), 1),
               lambda r: ties(r).requires_grad_(True))
    yield Case("max_pool2d 2x2 of odd sides", lambda x: greatest(x, 2), spread(-2, 2, 1, 2, 7, 11))
    for name, of, how in [
            ("max_pool2d of relu 2x2", (2, 3, 5, 8), {"kernel_size": 2}),
            ("max_pool2d of relu 3x2 stride 2", (2, 2, 7, 6),
             {"kernel_size": (3, 2), "stride": 2, "padding": 1})]:
        yield Case(name, lambda x, b, how=how: greatest(F.relu(x + b), **how),
                   spread(-2, 2, *of), spread(-1, 1, of[1], 1, 1))


def windows_cases():
    yield from convolution_cases()
    yield from pool_cases()


# --- attention ----------------------------------------------------------------------------


def attention(q, k, v, mask=None, scale=None, causal=False):
    scores = q @ k.mT * (scale or q.shape[-1]**-0.5)
    if causal:
        scores = scores + torch.full(scores.shape[-2:], -INF, dtype=scores.dtype).triu(1)
    return torch.softmax(scores if mask is None else scores + mask, -1) @ v


def attention_to_some(q, k, v, seen):
    first = torch.arange(seen.shape[-1]) == 0
    return attention(q, k, v, torch.where(first | (seen != 0), 0.0, -INF))


def attention_cases():
    def of(*shapes):
        return [spread(-2, 2, *s) for s in shapes]
    yield Case("attention [3,4]", attention, *of((3, 4), (5, 4), (5, 2)))
    yield Case("attention [2,2,3,2] causal", lambda *x: attention(*x, causal=True),
               *of((2, 2, 3, 2), (2, 2, 3, 2), (2, 2, 3, 2)))
    yield Case("attention scale 0.25", lambda *x: attention(*x, scale=0.25),
               *of((2, 3, 4), (2, 3, 4), (2, 3, 2)))
    yield Case("attention mask [3,5]", attention, *of((2, 3, 4), (2, 5, 4), (2, 5, 2)),
               spread(-1, 1, 3, 5))
    yield Case("attention bool mask", attention_to_some, *of((2, 3, 2), (2, 4, 2), (2, 4, 3)),
               condition(2, 1, 4))
    yield Case("group_norm [2,4,3] of 2", lambda x, g, b: F.group_norm(x, 2, g, b, 1e-3),
               spread(-2, 2, 2, 4, 3), spread(0.5, 2, 4), spread(-1, 1, 4))
    yield Case("group_norm [2,8] of 2", lambda x, g: F.group_norm(x, 2, g, None, 1e-3),
               spread(-2, 2, 2, 8), spread(0.5, 2, 8))
    yield Case("group_norm [1,4,2,3] of 1", lambda x: F.group_norm(x, 1, None, None, 1e-3),
               spread(-2, 2, 1, 4, 2, 3))


# --- losses -------------------------------------------------------------------------------


def reduced(terms, how):
    return {"mean": torch.mean, "sum": torch.sum, "none": lambda t: t}[how](terms)


def cross_entropy(x, labels):
    return -torch.log_softmax(x, -1).gather(-1, labels.long()[..., None])[..., 0]


def bce(x, t):
    return torch.relu(x) - x * t + torch.log1p(torch.exp(-torch.abs(x)))


def soft_margin(x, y):
    return softplus(-y * x)


def loss_cases():
    losses = {
        "cross_entropy": (cross_entropy, spread(-2, 2, 4, 3), index(2, 4)),
        "bce_with_logits": (bce, spread(-3, 3, 3, 4, away=0), spread(0, 1, 3, 4)),
        "mse": (lambda x, t: (x - t)**2, spread(-2, 2, 3, 4), spread(-1, 1, 3, 4)),
        "mae": (lambda x, t: torch.abs(x - t), spread(-2, 2, 3, 4), shifted(-1, 1, 3, 4)),
        "huber": (lambda x, t: F.huber_loss(x, t, reduction="none", delta=0.77),
                  spread(-2, 2, 3, 4), shifted(-1, 1, 3, 4)),
        "soft_margin": (soft_margin, spread(-2, 2, 3, 4), signs(3, 4)),
        "multi_label_soft_margin": (lambda x, t: bce(x, t).mean(-1),
                                    spread(-2, 2, 3, 4, away=0), whole(0, 1, 3, 4)),
    }
    for name, (f, *inputs) in losses.items():
        for how in ("mean", "sum", "none"):
            yield Case(f"{name} {how}", lambda x, t, f=f, how=how: reduced(f(x, t), how), *inputs)
    yield Case("cross_entropy [2,2,3]", lambda x, t: cross_entropy(x, t).mean(),
               spread(-2, 2, 2, 2, 3), index(2, 2, 2))
    yield Case("cross_entropy awkward", cross_entropy, given(AWKWARD_ROWS, 11, 4),
               given([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2], 11, differentiable=False),
               values_only=True)
    finite = [0 if math.isinf(v) else v for v in AWKWARD]
    yield Case("bce_with_logits awkward", bce, given(finite, 22),
               given([0, 1, 0.5, 1, 0] * 4 + [0.25, 1], 22), values_only=True)


# --- in place -----------------------------------------------------------------------------


def in_place_cases():
    wide = spread(-2, 2, 2, 3)
    yield Case("add_ [2,3],[3]", lambda x, b: 2 * x + b, wide, spread(-1, 1, 3))
    yield Case("sub_ [2,3],[3]", lambda x, b: 2 * x - b, wide, spread(-1, 1, 3))
    yield Case("mul_ [2,3],[3]", lambda x, b: 2 * x * b, wide, fixed(0.5, 2, 3))
    yield Case("div_ [2,3],[3]", lambda x, b: 2 * x / b, wide, fixed(0.5, 2, 3))
    yield Case("assign [2,3]", lambda x, b: b * b, fixed(-2, 2, 2, 3), wide)
    yield Case("add_ and sub_ in a row", lambda x, b: x / 2 + b + b - x, wide,
               spread(-1, 1, 2, 1))
    yield Case("detach", lambda x: x * x.detach(), wide)


# --- the files ----------------------------------------------------------------------------


def weights(out):
    n = torch.arange(out.numel(), dtype=torch.float64)
    return ((n * 37 % 23 - 11.5) / 8).reshape(out.shape)


def number(v):
    if not math.isfinite(v):
        return str(v)
    if v == 0 and math.copysign(1, v) < 0:
        return -0.0
    return int(v) if v == int(v) and abs(v) < 2**53 else v


def listed(t):
    return [number(v) for v in t.detach().to(torch.float64).flatten().tolist()]


def described(t):
    return [list(t.shape), listed(t)]


def gradients(case, out):
    of = [t for t in case.inputs if t.requires_grad]
    found = iter(torch.autograd.grad((out * weights(out)).sum(), of))
    return [listed(next(found)) if t.requires_grad else None for t in case.inputs]


def record(case):
    out = case.f(*case.inputs)
    entry = {"in": [described(t) for t in case.inputs], "out": described(out)}
    if not case.values_only:
        entry["grad"] = gradients(case, out)
    return entry


def write(name, cases):
    path = os.path.join(SOURCE, f"tests/oracle/ops_{name}.json")
    version = re.match(r"\d+\.\d+", torch.__version__)[0]
    made_by = json.dumps(f"tools/oracle_ops.py, torch {version}")
    lines = [f"{json.dumps(c.name)}:{json.dumps(record(c), separators=(',', ':'))}" for c in cases]
    with open(path, "w") as f:
        f.write(f'{{"made_by": {made_by},\n"cases": {{\n' + ",\n".join(lines) + "\n}}\n")


def main():
    torch.set_num_threads(1)
    for name, cases in [("pairs", pair_cases), ("maps", map_cases),
                        ("reductions", reduction_cases), ("shapes", shape_cases),
                        ("indexing", index_cases), ("linear", linear_cases),
                        ("losses", loss_cases), ("in_place", in_place_cases),
                        ("sequences", sequence_cases),
                        ("windows", windows_cases), ("attention", attention_cases)]:
        write(name, cases())


if __name__ == "__main__":
    main()
