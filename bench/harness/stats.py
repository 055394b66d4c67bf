"""Statistics of times, and how they are written."""

import math
import statistics


def median(x):
    return statistics.median(x)


def percentile(x, q):
    """Linear between order statistics (Hyndman & Fan 1996, type 7), as the C harness."""
    x = sorted(x)
    at = (len(x) - 1) * q
    low = math.floor(at)
    high = min(low + 1, len(x) - 1)
    return x[low] + (at - low) * (x[high] - x[low])


def same(a, b):
    """Two-sided p of the Mann-Whitney U test: normal approximation, corrected for ties and
    continuity; 1 when either is empty."""
    if not a or not b:
        return 1.0
    joint = sorted((x, side) for side, xs in ((0, a), (1, b)) for x in xs)
    n, rank_sum, ties, i = len(joint), 0.0, 0.0, 0
    while i < n:
        j = i
        while j < n and joint[j][0] == joint[i][0]:
            j += 1
        rank = (i + j + 1) / 2
        rank_sum += rank * sum(1 for _, side in joint[i:j] if side == 0)
        ties += (j - i) ** 3 - (j - i)
        i = j
    u = rank_sum - len(a) * (len(a) + 1) / 2
    variance = len(a) * len(b) / 12 * (n + 1 - ties / (n * (n - 1)))
    if variance <= 0:
        return 1.0
    z = max(0.0, abs(u - len(a) * len(b) / 2) - 0.5) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2))


def time_text(seconds):
    for unit, name in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= unit:
            break
    return f"{seconds / unit:.3g} {name}"


def times_text(seconds):
    """Median, and between what and what the runs were."""
    low, high = min(seconds), max(seconds)
    between = f"{time_text(low)} – {time_text(high)}"
    return f"{time_text(median(seconds))} ({between}, n {len(seconds)})"


def ratio_text(ratio):
    return f"{ratio:.3g}x" if ratio < 100 else f"{ratio:.0f}x"


def disturbed(peer, seconds, own):
    """A remark, where a peer's times scatter so that something else must have run: threads that
    wait for each other by spinning take many times as long on a core that is shared."""
    if median(seconds) < 1.25 * min(seconds):
        return ""
    return (f"{peer} was disturbed: its least time to Stint's least gives "
            f"{ratio_text(min(seconds) / min(own))}")


def bytes_text(n):
    sign, n = ("-", -n) if n < 0 else ("", n)
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if n >= unit:
            return f"{sign}{n / unit:.1f} {name}"
    return f"{sign}{n} B"
