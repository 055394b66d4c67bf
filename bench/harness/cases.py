"""Cases of a bench executable, as its --json file tells them."""

import json

from harness.process import describe, output


class Cases:
    """One run; `only` is a part of their names."""

    def __init__(self, bench, program, only=None, iterations=None, before=()):
        results, = bench.fresh(f"{program}.json")
        argv = [f"{bench.build}/bin/{program}", *before, "--no-peer", "--json", results]
        chosen = ["--only", only] if only else []
        output(argv + chosen + (["--iterations", str(iterations)] if iterations else []))
        with open(results) as file:
            self.of = {case["name"]: case for case in json.load(file)["cases"]}
        self.command = describe(argv[:1] + chosen)

    def each(self, name, times=1):
        """Seconds of one of the items that an iteration does `times` of."""
        return [s / times for s in self.of[name]["seconds"]]

    def each_item(self, name):
        return self.each(name, self.of[name]["items"])

    def best_rate(self, name):
        """The most items a second: for what the machine can do at all."""
        return 1 / min(self.each_item(name))
