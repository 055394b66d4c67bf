"""CartPole by policy gradient: episodes gathered 64 at a time against the same ones one by one."""

from harness import process
from harness.row import FOR_SCALE, Row, verdict
from harness.stats import median, ratio_text
from harness.target import Target

SEEDS = (1, 2, 3, 4, 5)


def rate_text(rates):
    return (f"{median(rates) / 1e6:.3g} ({min(rates) / 1e6:.3g} – {max(rates) / 1e6:.3g}, "
            f"n {len(rates)}) million steps/s")


def measure(bench):
    program = f"{bench.build}/bin/bench_cartpole"
    found = [process.peer([program, str(seed)]) for seed in SEEDS]
    command = process.describe([program, str(SEEDS[0])])
    solved, same = (sum(f[key] for f in found) for key in ("solved", "same"))
    episodes = [f["episodes"] for f in found]
    seconds = [f["seconds"] for f in found]

    def rates(key):
        return [rate for f in found for rate in f[key]]

    def against(name, key, what):
        ours, theirs = rates(f"batched{key}"), rates(f"single{key}")
        return Row(f"cartpole/{name}", f"CartPole, {what}, 64 episodes at a time",
                   peer=f"one by one: {rate_text(theirs)}", measured=rate_text(ours),
                   ratio=ratio_text(median(ours) / median(theirs)), verdict=FOR_SCALE,
                   command=command)
    return [
        Row("cartpole/solved", "CartPole by REINFORCE with baseline: mean return of 100 episodes",
            target=">= 475, the same weights both ways",
            measured=f"solved by {solved} of {len(SEEDS)} seeds after {min(episodes)} – "
                     f"{max(episodes)} episodes, in {median(seconds):.2g} s",
            verdict=verdict(solved == same == len(SEEDS)), command=command, seconds=seconds),
        against("gathering", "_gathering", "gathering episodes"),
        against("training", "", "gathering and updates")]


CARTPOLE = Target("cartpole", "a policy gradient on CartPole, batched episodes", measure)
