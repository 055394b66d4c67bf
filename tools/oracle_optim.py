#!/usr/bin/env python3
"""Write tests/oracle/optim.json: PyTorch's optimisers and schedules, in f64.

    python3 tools/oracle_optim.py [--check]

Optimisers are given the same gradients at every step, whatever the weights, a [3, 2] and a [2] one
after the other; their weights after each step are kept.  Schedules: the factors at steps 0, 1, ….
--check compares with the numbers that are there instead: they are those of any version of PyTorch.
tests/unit/optim/test_optimisers.c and test_schedules.c read them; they need the numbers only.
"""

import json
import os
import sys
import warnings

import torch

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
OUT = os.path.join(SOURCE, "tests/oracle/optim.json")
STEPS, SHAPES = 10, [(3, 2), (2,)]
NEW_RATE_AT = 5  # where a case has a "later_rate", from this step on

# name: class, settings as stint's, class and arguments of PyTorch's
OPTIMISERS = {
    "sgd": ("sgd", {}, torch.optim.SGD, {"lr": 1e-3}),
    "sgd, decay": ("sgd", {"learning_rate": "0.1", "weight_decay": "0.02"}, torch.optim.SGD,
                   {"lr": 0.1, "weight_decay": 0.02}),
    "momentum": ("sgd", {"learning_rate": "0.1", "momentum": "0.9", "weight_decay": "0.02"},
                 torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.02}),
    "dampening": ("sgd", {"learning_rate": "0.1", "momentum": "0.9", "dampening": "0.3"},
                  torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    "nesterov": ("sgd", {"learning_rate": "0.1", "momentum": "0.8", "nesterov": "true"},
                 torch.optim.SGD, {"lr": 0.1, "momentum": 0.8, "nesterov": True}),
    "adam": ("adam", {}, torch.optim.Adam, {}),
    "adam, decay": ("adam", {"learning_rate": "0.05", "beta1": "0.8", "beta2": "0.95",
                             "eps": "0.001", "weight_decay": "0.1"}, torch.optim.Adam,
                    {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
    "adamw": ("adamw", {}, torch.optim.AdamW, {}),
    "adamw, decay": ("adamw", {"learning_rate": "0.05", "weight_decay": "0.3"}, torch.optim.AdamW,
                     {"lr": 0.05, "weight_decay": 0.3}),
    "adamw, another rate": ("adamw", {"learning_rate": "0.05", "weight_decay": "0.3"},
                            torch.optim.AdamW, {"lr": 0.05, "weight_decay": 0.3}),
    "rmsprop": ("rmsprop", {}, torch.optim.RMSprop, {}),
    "rmsprop, decay": ("rmsprop", {"alpha": "0.9", "eps": "0.01", "weight_decay": "0.1"},
                       torch.optim.RMSprop, {"alpha": 0.9, "eps": 0.01, "weight_decay": 0.1}),
    "rmsprop, momentum": ("rmsprop", {"momentum": "0.7"}, torch.optim.RMSprop, {"momentum": 0.7}),
    "rmsprop, centered": ("rmsprop", {"centered": "true", "momentum": "0.7", "alpha": "0.8"},
                          torch.optim.RMSprop,
                          {"centered": True, "momentum": 0.7, "alpha": 0.8}),
}
LATER_RATES = {"adamw, another rate": 0.01}


def flat(tensors):
    return [x for t in tensors for x in t.detach().flatten().tolist()]


def optimiser_case(name, start, gradients):
    kind, settings, cls, arguments = OPTIMISERS[name]
    weights = [torch.nn.Parameter(w.clone()) for w in start]
    optimiser = cls(weights, **arguments)
    after = []
    for step in range(STEPS):
        if name in LATER_RATES and step == NEW_RATE_AT:
            optimiser.param_groups[0]["lr"] = LATER_RATES[name]
        for w, g in zip(weights, gradients[step]):
            w.grad = g.clone()
        optimiser.step()
        after.append(flat(weights))
    case = {"class": kind, "settings": settings, "weights": after}
    if name in LATER_RATES:
        case["later_rate"] = LATER_RATES[name]
    return case


def factors(make, steps, rate=1.0, measures=None):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    schedule = make(optimiser)
    found = []
    for step in range(steps):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        if measures:
            schedule.step(measures[step])
        elif step + 1 < steps:
            schedule.step()
    return found


# name: class, settings, steps, PyTorch's
def schedule_list():
    s = torch.optim.lr_scheduler
    return {
        "step": ("step", {"step_size": "4", "gamma": "0.5"}, 14,
                 lambda o: s.StepLR(o, 4, gamma=0.5)),
        "exponential": ("exponential", {"gamma": "0.8"}, 8, lambda o: s.ExponentialLR(o, 0.8)),
        "cosine": ("cosine", {"steps": "10", "min_factor": "0.1"}, 11,
                   lambda o: s.CosineAnnealingLR(o, 10, eta_min=0.1)),
        "cosine_restarts": ("cosine_restarts", {"steps": "4", "min_factor": "0.05"}, 13,
                            lambda o: s.CosineAnnealingWarmRestarts(o, 4, eta_min=0.05)),
        "longer restarts": ("cosine_restarts", {"steps": "3", "multiple": "2"}, 25,
                            lambda o: s.CosineAnnealingWarmRestarts(o, 3, T_mult=2)),
        "triangular": ("cyclic", {"step_size_up": "4", "min_factor": "0.2"}, 20,
                       lambda o: s.CyclicLR(o, 0.2, 1, 4, cycle_momentum=False)),
        "triangular2": ("cyclic", {"step_size_up": "3", "step_size_down": "5",
                                   "mode": "triangular2", "max_factor": "2"}, 30,
                        lambda o: s.CyclicLR(o, 0.1, 2, 3, 5, mode="triangular2",
                                             cycle_momentum=False)),
        "exp_range": ("cyclic", {"step_size_up": "4", "mode": "exp_range", "gamma": "0.9"}, 20,
                      lambda o: s.CyclicLR(o, 0.1, 1, 4, mode="exp_range", gamma=0.9,
                                           cycle_momentum=False)),
        "one_cycle": ("one_cycle", {"total_steps": "20"}, 20,
                      lambda o: s.OneCycleLR(o, 1, total_steps=20, cycle_momentum=False)),
        "another cycle": ("one_cycle", {"total_steps": "13", "pct_start": "0.45",
                                        "div_factor": "5", "final_div_factor": "100"}, 13,
                          lambda o: s.OneCycleLR(o, 1, total_steps=13, pct_start=0.45,
                                                 div_factor=5, final_div_factor=100,
                                                 cycle_momentum=False)),
    }


MEASURES = [3, 2, 2.5, 2, 2, 2, 1.9999, 1.5, 1.6, 1.6, 1.6, 1.6, 1.6, 1.6, 1.6, 1.6, float("nan"),
            1.6, 1.6, 1, 1.2, 1.2, 1.2, 1.2, 1.2]


def plateau_list():
    s = torch.optim.lr_scheduler
    return {
        "plateau": ({"patience": "2"}, lambda o: s.ReduceLROnPlateau(o, patience=2)),
        "cooldown": ({"patience": "1", "cooldown": "2", "factor": "0.5", "min_factor": "0.2",
                      "threshold": "0.1"},
                     lambda o: s.ReduceLROnPlateau(o, patience=1, cooldown=2, factor=0.5,
                                                   min_lr=0.2, threshold=0.1)),
    }


def made():
    torch.manual_seed(20)
    start = [torch.randn(*shape, dtype=torch.float64) for shape in SHAPES]
    gradients = [[torch.randn(*shape, dtype=torch.float64) for shape in SHAPES]
                 for _ in range(STEPS)]
    schedules = {name: {"class": kind, "settings": settings, "factors": factors(make, steps)}
                 for name, (kind, settings, steps, make) in schedule_list().items()}
    measures = [m if m == m else None for m in MEASURES]
    for name, (settings, make) in plateau_list().items():
        schedules[name] = {"class": "plateau", "settings": settings, "measures": measures,
                           "factors": factors(make, len(MEASURES), measures=MEASURES)}
    return {"made_by": f"tools/oracle_optim.py, PyTorch {torch.__version__.split('+')[0]}",
            "new_rate_at": NEW_RATE_AT, "start": flat(start),
            "gradients": [flat(g) for g in gradients],
            "optimisers": {name: optimiser_case(name, start, gradients) for name in OPTIMISERS},
            "schedules": schedules}


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
    warnings.simplefilter("ignore")  # of steps without a closure, of names about to change
    if sys.argv[1:] == ["--check"]:
        with open(OUT, encoding="utf-8") as f:
            worst = difference(json.load(f), made())
        print(f"the largest difference is {worst:.1e}")
        sys.exit(worst > 1e-13)
    with open(OUT, "w", encoding="utf-8") as f:
        f.write(lines(made(), 2) + "\n")


if __name__ == "__main__":
    main()
