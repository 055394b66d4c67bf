"""Case studies: nets whose step does not fit a budget while it keeps everything, trained in it."""

import random
from collections import namedtuple

from harness import bench as b
from harness import machine, pytorch
from harness.cases import Cases
from harness.row import FOR_SCALE, Row, Skip, skipped, verdict
from harness.stats import bytes_text, disturbed, median, ratio_text, times_text
from harness.target import Target

# items: of a step, named by what; script: the peer's; cases: {name: how}, the first keeps all
Study = namedtuple("Study", "name title items what script cases best")
NETS = (
    Study("transformer",
          "a character language model, 6 blocks of 256, 8 heads, 16 rows of 256, AdamW",
          16 * 256, "tokens", "train_transformer.py",
          {"keep-all": "f32, the whole batch, all kept",
           "parts": "4 micro-batches of 4 rows accumulated",
           "narrow": "4 micro-batches, bf16",
           "budget": "4 micro-batches, bf16, computed again within a budget",
           "blocks": "4 micro-batches, bf16, each block computed again"}, "budget"),
    Study("images",
          "6 convolutions of 3x3 to 16-64 channels, group norm, 4 images of 512x512, Adam",
          4, "images", "train_images.py",
          {"keep-all": "all kept", "selective": "all but convolutions computed again"},
          "selective"))

WORDS = (("the", "a", "one", "every", "no"), ("small", "red", "old", "quiet", "bright", "lazy"),
         ("fox", "bird", "child", "river", "engine", "teacher"),
         ("sees", "follows", "paints", "remembers", "answers"))
SENTENCES = 4000


def text_of():
    """Sentences of a few words, the same every time."""
    path, draw = f"{b.DATA}/sentences.txt", random.Random(1)
    with open(path, "w") as file:
        for _ in range(SENTENCES):
            a, c, d, e = WORDS
            words = [draw.choice(w) for w in (a, c, d, e, a, d)]
            file.write(" ".join(words).capitalize() + ".\n")
    return path


def remark(study, case, facts, seconds):
    fact = facts[f"{study.name}-{case}"]
    again = fact["recomputed_flops"] / facts[f"{study.name}-keep-all"]["flops"]
    parts = [f"{study.name}, {study.cases[case]}: the loss goes from {fact['first_loss']:.3f} to "
             f"{fact['last_loss']:.3f} in {fact['steps']} steps, "
             f"{study.items / median(seconds):.3g} {study.what}/s"]
    if again:
        parts.append(f"{again:.1%} of the flops are computed again")
    if fact["refused"]:
        parts.append(f'keeping all is refused: "{fact["refused"]}"')
    return "; ".join(parts)


def row(study, case, seconds, facts, kept, command):
    fact, whole = facts[f"{study.name}-{case}"], facts[f"{study.name}-keep-all"]
    target, good, limit = "", FOR_SCALE, fact["limit"]
    if limit:
        target = f"grows by <= {bytes_text(limit)}, the loss falls"
        good = verdict(fact["grown"] <= limit and fact["last_loss"] < fact["first_loss"])
    return Row(f"studies/{study.name}-{case}", f"{study.title}: {study.cases[case]}", target,
               f"all kept: {times_text(kept)}, {bytes_text(whole['planned_bytes'])} planned",
               f"{times_text(seconds)}, {bytes_text(fact['planned_bytes'])} planned, grown by "
               f"{bytes_text(fact['grown'])}",
               f"{median(seconds) / median(kept):.2f} of the time, "
               f"{fact['planned_bytes'] / whole['planned_bytes']:.0%} of the bytes",
               good, command, seconds=seconds, peer_seconds=kept,
               note=remark(study, case, facts, seconds))


def against(study, theirs, case, seconds, fact, command):
    name, times = theirs["name"], theirs["seconds"]
    notes = [f"{name}, {study.name}: the loss goes from {theirs['first_loss']:.3f} to "
             f"{theirs['last_loss']:.3f} in as many steps, "
             f"{study.items / median(times):.3g} {study.what}/s", disturbed(name, times, seconds)]
    return Row(f"studies/{study.name}-{case}/{name.replace(' ', '-')}",
               f"{study.title}: {study.cases[case]}, beside eager f32 of the whole batch", "",
               f"{name}: {times_text(times)}, grown by {bytes_text(theirs['grown'])}",
               f"{times_text(seconds)}, grown by {bytes_text(fact['grown'])}",
               f"{ratio_text(median(times) / median(seconds))} of the speed, "
               f"{fact['grown'] / theirs['grown']:.0%} of the memory", FOR_SCALE, command,
               note="; ".join(filter(None, notes)), seconds=seconds, peer_seconds=times)


def study_rows(bench, study, text, python):
    facts, seconds, rows = {}, {}, {}
    for case in study.cases:  # each in a process of its own, which then tells its peak
        facts_file, = bench.fresh("facts.json")
        name = f"{study.name}-{case}"
        cases = Cases(bench, "bench_studies", name, 4 * bench.iterations, [facts_file, text])
        facts.update(b.read_json(facts_file))
        seconds[case] = cases.each_item(name)
        rows[case] = row(study, case, seconds[case], facts, seconds["keep-all"], cases.command)
    if not python:
        return [*rows.values()]
    arguments = [text] if study.script == "train_transformer.py" else []
    theirs = pytorch.times(python, study.script, *arguments,
                           iterations=4 * bench.iterations)[study.name]
    return [*rows.values(),
            *(against(study, theirs, case, seconds[case], facts[f"{study.name}-{case}"],
                      rows[case].command) for case in ("keep-all", study.best))]


def measure(bench):
    text, rows, python = text_of(), [], None
    try:  # older ones have no fused attention
        python = bench.python(machine.PEERS_TORCH_PYTHON, pytorch.HOW, ["torch"])
    except Skip as why:
        rows.append(skipped("studies/peers", "case studies in PyTorch", "", why))
    for study in NETS:
        rows += study_rows(bench, study, text, python)
    return rows


STUDIES = Target("studies", "nets trained within budgets that keeping all would break",
                 measure)
