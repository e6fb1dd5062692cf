"""How does the cost of one pass over the rows grow? With rows, with non-zeros in a row, and with k.

    python benchmarks/scaling.py             # some three minutes
    python benchmarks/scaling.py --save      # benchmarks/results/scaling.md and scaling.svg

Random rows: every row has one non-zero from each of some equally large groups of columns, 4,096 columns in
all. The non-zeros are ones where rows and k grow, and real numbers where the non-zeros grow, because the fast
path for ones from a few groups is made for few. A point is the median CPU time of a pass, on one core, over
interleaved rounds; passes that compile or arrange the rows do not count. The exponent is the slope of a
straight line through the points on logarithmic axes: 1 is growth in proportion.

The memory limit is how long it takes to bring in once what a pass must look at: for each non-zero its column
number and its value (4 + 4 bytes) and the column's w and V (4 + 4 k bytes), for each row its label (4 bytes).

    limit = rows · (non-zeros · (8 + 4 (1 + k)) + 4) / bandwidth

The bandwidth is that of copying 256 MiB on the same core in the same rounds, bytes read and bytes written.
Only a solver that finds w and V in the processor's cache, again and again, can be faster than this.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import process_time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from report import RESULTS, Report
from scipy.sparse import csr_array

from course_utils.fm import adam, als, gibbs, sgd
from course_utils.fm.model import FMParameters
from course_utils.plots import PALETTE

COLUMNS = 4096
PASSES = 4


@dataclass(frozen=True)
class Size:
    """How large one measurement is."""

    rows: int = 1 << 18
    nonzeros: int = 2
    k: int = 16

    def bytes(self) -> int:
        """What a pass must look at; see the formula at the top."""
        return self.rows * (self.nonzeros * (8 + 4 * (1 + self.k)) + 4)


@dataclass(frozen=True)
class Panel:
    """One quantity grows, the others stay."""

    title: str
    label: str
    rest: str
    sizes: dict[int, Size]
    ones: bool


PANELS = [
    Panel(
        "Rows",
        "rows",
        "2 non-zeros in each, k = 16",
        {n: Size(rows=n) for n in (1 << np.arange(17, 23)).tolist()},
        True,
    ),
    Panel(
        "Non-zeros",
        "non-zeros in a row",
        "262k rows, k = 16",
        {m: Size(nonzeros=m) for m in (2, 4, 8, 16, 32)},
        False,
    ),
    Panel(
        "Factors", "k", "262k rows, 2 non-zeros in each", {k: Size(k=k) for k in (8, 16, 32, 64, 128)}, True
    ),
]


def random_rows(size: Size, ones: bool) -> tuple[csr_array, np.ndarray]:
    """Rows with one column from each group, and labels from 1 to 5."""
    rng = np.random.default_rng(0)
    n, m = size.rows, size.nonzeros
    own = COLUMNS // m
    columns = rng.integers(0, own, (n, m), dtype=np.int32) + own * np.arange(m, dtype=np.int32)
    values = np.ones(n * m) if ones else rng.uniform(0.5, 1.5, n * m)
    starts = np.arange(0, n * m + 1, m, dtype=np.int32)
    X = csr_array((values.astype(np.float32), columns.ravel(), starts), shape=(n, COLUMNS))
    return X, rng.integers(1, 6, n).astype(np.float32)


def passes(fit: Callable, X: csr_array, y: np.ndarray, config, **settings) -> list[float]:
    """CPU seconds of each pass but the first."""
    ticks: list[float] = []
    fit(X, y, config, seed=1, on_epoch=lambda _: ticks.append(process_time()), **settings)
    return np.diff(ticks).tolist()


def predictions(X: csr_array, y: np.ndarray, k: int) -> list[float]:
    rng = np.random.default_rng(0)
    w, V = (rng.normal(0, 0.1, shape).astype(np.float32) for shape in (COLUMNS, (COLUMNS, k)))
    model, ticks = FMParameters(3.0, w, V), [process_time()]
    for _ in range(PASSES):
        model.score(X)
        ticks.append(process_time())
    return np.diff(ticks).tolist()


SOLVERS: dict[str, Callable[[csr_array, np.ndarray, int], list[float]]] = {
    "Adam": lambda X, y, k: passes(adam.fit, X, y, adam.AdamConfig(num_factors=k, epochs=PASSES)),
    "Gibbs": lambda X, y, k: passes(
        gibbs.fit, X, y, gibbs.GibbsConfig(num_factors=k, iterations=PASSES, burn_in=1), threads=1
    ),
    "ALS": lambda X, y, k: passes(als.fit, X, y, als.ALSConfig(num_factors=k, epochs=PASSES), threads=1),
    "SGD": lambda X, y, k: passes(
        sgd.fit, X, y, sgd.SGDConfig(num_factors=k, epochs=PASSES, learning_rate=0.001)
    ),
    "prediction": predictions,
}
STYLE = {
    "Adam": ("D", PALETTE["purple"]),
    "Gibbs": ("s", PALETTE["vermillion"]),
    "ALS": ("o", PALETTE["blue"]),
    "SGD": ("^", PALETTE["orange"]),
    "prediction": ("v", PALETTE["green"]),
}


def copy_bandwidth() -> float:
    """Bytes a second, read and written, of one core that copies what no cache can hold."""
    source = np.ones(1 << 28, np.uint8)
    target = np.empty_like(source)
    target[:] = 0
    started = process_time()
    target[:] = source
    return 2 * source.nbytes / (process_time() - started)


def measure(rounds: int) -> tuple[dict[str, dict[str, list[float]]], float]:
    """Seconds by panel and solver, one for each size; and the bandwidth in bytes a second."""
    times = defaultdict(list)
    bandwidths = []
    for _ in range(rounds):
        bandwidths.append(copy_bandwidth())
        for panel in PANELS:
            for x, size in panel.sizes.items():
                X, y = random_rows(size, panel.ones)
                for solver, run in SOLVERS.items():
                    times[panel.title, solver, x].append(median(run(X, y, size.k)))
    seconds = {
        panel.title: {
            solver: [median(times[panel.title, solver, x]) for x in panel.sizes] for solver in SOLVERS
        }
        for panel in PANELS
    }
    return seconds, median(bandwidths)


def exponent(x: Sequence[float], seconds: Sequence[float]) -> float:
    """The slope of the straight line through the points, both axes logarithmic."""
    return float(np.polyfit(np.log(x), np.log(seconds), 1)[0])


def figure(seconds: dict[str, dict[str, list[float]]], bandwidth: float) -> Figure:
    """One panel for each quantity that grows: measured points, fitted lines, the memory limit."""
    fig = Figure(figsize=(12, 5.2), layout="constrained")
    all_axes = fig.subplots(1, len(PANELS), sharey=True)
    exponents = []
    for axes, panel in zip(all_axes, PANELS, strict=True):
        exponents += _draw(axes, panel, seconds[panel.title], bandwidth)
    bottom, top = all_axes[0].get_ylim()
    all_axes[0].set_ylim(bottom, 3 * top)  # room for the legends
    all_axes[0].set_ylabel("milliseconds of one pass, one core")
    if max(exponents) < 1.15:
        title = "The cost of a pass grows no faster than rows, non-zeros and factors"
    else:
        title = f"The cost of a pass grows with an exponent of up to {max(exponents):.1f}"
    fig.suptitle(title, fontsize=15, fontweight="bold")
    return fig


def _draw(axes: Axes, panel: Panel, seconds: dict[str, list[float]], bandwidth: float) -> list[float]:
    x = np.array(list(panel.sizes))
    exponents = []
    for solver, points in sorted(seconds.items(), key=lambda item: -item[1][-1]):  # as the lines end
        marker, colour = STYLE[solver]
        slope, height = np.polyfit(np.log(x), np.log(points), 1)
        axes.plot(x, 1e3 * np.exp(height) * x**slope, color=colour, linewidth=1)
        axes.plot(
            x,
            1e3 * np.array(points),
            marker,
            color=colour,
            markersize=6,
            label=f"{solver}: exponent {slope:.2f}",
        )
        exponents.append(slope)
    limit = [1e3 * size.bytes() / bandwidth for size in panel.sizes.values()]
    axes.plot(
        x,
        limit,
        "--",
        color=PALETTE["black"],
        linewidth=1.5,
        label=f"memory limit, {bandwidth / 1e9:.0f} GB/s",
    )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xticks(x, [_short(value) for value in x])
    axes.set_xlabel(f"{panel.label}   ({panel.rest})")
    low, high = 2 ** min(exponents), 2 ** max(exponents)
    axes.set_title(f"Twice the {panel.title.lower()}: {low:.1f} to {high:.1f} times the time", fontsize=11)
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8.5, frameon=False, loc="upper left")
    return exponents


def _short(value: int) -> str:
    """Whole numbers as on an axis: 131072 is 131k, 4194304 is 4.2M."""
    if value >= 1_000_000:
        return f"{value / 1e6:.1f}M"
    return f"{value / 1e3:.0f}k" if value >= 1000 else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--save", action="store_true", help="keep scaling.md and scaling.svg in benchmarks/results"
    )
    options = parser.parse_args()

    report = Report("scaling", "How the cost of one pass over random rows grows, for every solver.")
    seconds, bandwidth = measure(options.rounds)
    report.text(
        "![Milliseconds of a pass by rows, non-zeros in a row and k, on logarithmic axes.](scaling.svg)"
    )
    report.table(
        "Exponents: 1 is growth in proportion",
        ["solver", *(f"{panel.label}, {_range(panel)}" for panel in PANELS)],
        (
            (solver, *(f"{exponent(list(p.sizes), seconds[p.title][solver]):.2f}" for p in PANELS))
            for solver in SOLVERS
        ),
        "Below 1: part of the work is paid once per pass, per column or per row, and matters less and less.",
    )
    for panel in PANELS:
        limits = [size.bytes() / bandwidth for size in panel.sizes.values()]
        report.table(
            f"Milliseconds of a pass by {panel.label} ({panel.rest})",
            ["solver", *map(_short, panel.sizes)],
            (
                (name, *(f"{1e3 * value:.1f}" for value in values))
                for name, values in (seconds[panel.title] | {"memory limit": limits}).items()
            ),
        )
    report.text(
        "Memory limit: rows · (non-zeros · (8 + 4 (1 + k)) + 4) bytes, at "
        f"{bandwidth / 1e9:.1f} GB/s: bytes read and written when one core copies, in the same rounds. "
        "It binds what does not fit into the processor's cache; what does may be faster."
    )
    if options.save:
        report.save()
        figure(seconds, bandwidth).savefig(RESULTS / "scaling.svg", metadata={"Date": None})


def _range(panel: Panel) -> str:
    first, *_, last = map(_short, panel.sizes)
    return f"{first} to {last}"


if __name__ == "__main__":
    main()
