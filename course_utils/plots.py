"""Every figure of the course, as functions that return a matplotlib ``Figure``; and how one gets on a page.

One palette, one table of markers, one text size: a user is a blue circle and a film an orange square in every
lesson, so that nobody has to read a legend twice. Colour never carries meaning alone; a marker, a line style
or a word always says the same thing. Figures are made with the object interface (no ``pyplot`` state), so
that nothing is drawn twice and nothing leaks from one cell to the next.

>>> fig = factor_map([[0, 1], [0, -1]], ["Alice", "Star Wars"], ["user", "film"], title="Opposite sides")
>>> figure_html(fig, alt="Alice lies opposite Star Wars on the factor map.")[:22]
'<img class="fm-figure"'
"""

from __future__ import annotations

import base64
import html
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import pandas as pd

# Okabe & Ito, "Color Universal Design" (2008): told apart by people with every common kind of colour vision.
PALETTE: dict[str, str] = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky blue": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
}


@dataclass(frozen=True)
class Mark:
    """How one kind of thing looks in every figure: a matplotlib marker, the same as a character, a colour."""

    marker: str
    sign: str
    colour: str


MARKS: dict[str, Mark] = {
    "user": Mark("o", "●", PALETTE["blue"]),
    "film": Mark("s", "■", PALETTE["vermillion"]),
    "adds": Mark("^", "▲", PALETTE["blue"]),
    "takes away": Mark("v", "▼", PALETTE["vermillion"]),
}

PIXELS_PER_INCH = 100  # a 7-inch figure is 700 px wide on the page ...
RESOLUTION = 2  # ... and stored at twice that, so that a projector or a zoomed page stays sharp
_STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib; one name is found sooner than a list of wishes
    "font.size": 13,
    "text.hinting": "none",  # at this resolution letters need no fitting to the pixels, which takes time
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#555555",
    "axes.grid": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "legend.frameon": False,
}
# White behind the figure in every theme: labels stay dark on light also where the page is dark.
_IMAGE_CSS = "max-width:100%;height:auto;background:#ffffff;border-radius:6px"


# ------------------------------------------------------------------------------------------------ on the page


def require_alt(alt: str) -> str:
    """Return ``alt`` if it says something about the picture, and refuse it otherwise.

    Raises
    ------
    ValueError
        When ``alt`` has fewer than four words: "plot" or a file name tells a blind reader nothing.
    """
    if not isinstance(alt, str) or len(alt.split()) < 4:
        raise ValueError(
            f"alt text is {alt!r}: say in a sentence (four words or more) what the figure shows, for readers "
            'who cannot see it, for example alt="Charlie lies close to Star Trek, Alice far from it."'
        )
    return " ".join(alt.split())


def figure_png(fig: Figure) -> bytes:
    """PNG bytes of ``fig`` at twice its size on the page, on white; the same bytes for the same figure."""
    canvas = FigureCanvasAgg(fig)
    with rc_context(_STYLE):
        canvas.draw()
    return _png(np.asarray(canvas.buffer_rgba()))


def _png(pixels: np.ndarray) -> bytes:
    """PNG bytes of ``(height, width, 4)`` pixels.

    Image libraries weigh five filters for each row, which takes most of their time. Figures are flat colours:
    without any filter they take less than half the time, and fewer bytes.
    """
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + channels * width), dtype=np.uint8)  # each row starts with 0: no filter
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)  # 8 bits of red, green, blue and alpha
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, level=1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def figure_html(fig: Figure, alt: str) -> str:
    """``fig`` as one ``<img>``: the picture inside it (a data URI), ``alt`` as its text for screen readers.

    Raises
    ------
    ValueError
        When ``alt`` is empty or too short to say anything.
    """
    text = html.escape(require_alt(alt), quote=True)
    width = round(fig.get_figwidth() * PIXELS_PER_INCH)
    data = base64.b64encode(figure_png(fig)).decode("ascii")
    return (
        f'<img class="fm-figure" alt="{text}" width="{width}" style="{_IMAGE_CSS}" '
        f'src="data:image/png;base64,{data}">'
    )


def show(fig: Figure, *, alt: str) -> None:
    """Display ``fig`` under the cell, with ``alt`` for those who cannot see it: the one way in lessons.

    Raises
    ------
    ValueError
        When ``alt`` is empty or too short to say anything.
    """
    from IPython.display import HTML, display

    display(HTML(figure_html(fig, alt)))


def _figure(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """An empty figure of ``width`` × ``height`` inches with ``columns`` axes that share their y axis."""
    fig = Figure(figsize=(width, height), dpi=PIXELS_PER_INCH * RESOLUTION)
    axes = fig.subplots(1, columns, sharey=True, squeeze=False)[0]
    return fig, list(axes)


def _headline(fig: Figure, title: str) -> None:
    """The finding, at the upper left of the whole figure: it has more room there than above the axes."""
    fig.text(0.01, 1 - 0.08 / fig.get_figheight(), title, ha="left", va="top", fontsize=14, fontweight="bold")


# ------------------------------------------------------------------------------------------------ the figures


def factor_map(
    points: ArrayLike,
    names: Sequence[str],
    kinds: Sequence[str],
    *,
    title: str,
    emphasise: Sequence[str] = (),
) -> Figure:
    """Users ● and films ■ where their shared vectors put them; a line joins each to the origin.

    Two things that point the same way add to a rating when they meet, opposite ways take away from it.

    Parameters
    ----------
    points : (n, 2) array
        Coordinates of each thing (see :func:`course_utils.widgets.star_trek.map_coordinates`).
    names, kinds : n strings
        Label of each point, and its key in ``MARKS`` (``"user"`` or ``"film"``).
    title : str
        The finding, in words.
    emphasise : names
        Points whose label is set in bold.

    Raises
    ------
    ValueError
        When the three lists do not fit together, a number is not finite, or a kind is unknown.
    """
    points = np.asarray(points, dtype=float)
    if points.shape != (len(names), 2) or len(kinds) != len(names):
        raise ValueError(
            f"{len(names)} names, {len(kinds)} kinds and points of shape {points.shape}: "
            f"give one name, one kind and one (x, y) for each point"
        )
    if not np.isfinite(points).all():
        raise ValueError("a point is not a finite number: the fit has diverged; try more regularisation")
    unknown = sorted(set(kinds) - set(MARKS))
    if unknown:
        raise ValueError(f"unknown kind {unknown[0]!r}: use one of {', '.join(MARKS)}")

    with rc_context(_STYLE):
        fig, (ax,) = _figure(6.2, 4.4)
        reach = max(1.0, 1.3 * float(np.abs(points).max(initial=0.0)))
        ax.axhline(0, color="#cccccc", lw=1, zorder=0)
        ax.axvline(0, color="#cccccc", lw=1, zorder=0)
        for kind in dict.fromkeys(kinds):
            mark, is_user = MARKS[kind], kind == "user"
            ends = points[[each == kind for each in kinds]]
            stems = np.zeros((len(ends), 3, 2))  # from the origin to each point, and a gap before the next
            stems[:, 1], stems[:, 2] = ends, np.nan
            look = {"color": mark.colour, "lw": 1.2, "alpha": 0.5, "ls": "-" if is_user else "--"}
            ax.plot(*stems.reshape(-1, 2).T, **look)
            # A user on top of a film stays visible: small circles are drawn over larger squares.
            size, layer = (9, 4) if is_user else (14, 3)
            ax.plot(*ends.T, mark.marker, color=mark.colour, ms=size, mec="white", mew=1.2, zorder=layer)
        heights = _spread([(bool(x >= 0), float(y)) for x, y in points], gap=0.13 * reach)
        for x, name, kind, height in zip(points[:, 0], names, kinds, heights, strict=True):
            to_the_right = x >= 0
            ax.text(
                x + (0.09 if to_the_right else -0.09) * reach,
                height,
                f"{MARKS[kind].sign} {name}",
                ha="left" if to_the_right else "right",
                va="center",
                fontweight="bold" if name in emphasise else "normal",
                zorder=5,
            )
        key = ", ".join(f"{MARKS[kind].sign} {kind}s" for kind in dict.fromkeys(kinds))
        ax.set(xlabel=f"first direction of V   ({key})", ylabel="second direction of V")
        _headline(fig, title)
        fig.subplots_adjust(left=0.13, right=0.97, top=0.91, bottom=0.14)
        box = ax.get_position()  # equal units on both axes, or angles would lie
        wide = box.width * fig.get_figwidth() / (box.height * fig.get_figheight())
        ax.set(xlim=(-wide * reach, wide * reach), ylim=(-reach, reach), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    return fig


def _spread(rows: Sequence[tuple[bool, float]], gap: float) -> list[float]:
    """Heights near the wished ones, ``gap`` apart on each side; a row: (right of the origin?, height)."""
    heights = [height for _, height in rows]
    for side in (False, True):
        order = sorted((i for i, row in enumerate(rows) if row[0] is side), key=lambda i: heights[i])
        if not order:
            continue
        wished = [heights[i] for i in order]
        placed = list(wished)
        for before, here in zip(range(len(order)), range(1, len(order)), strict=False):
            placed[here] = max(placed[here], placed[before] + gap)
        shift = (sum(wished) - sum(placed)) / len(order)  # keep the group centred where it wanted to be
        for i, height in zip(order, placed, strict=True):
            heights[i] = height + shift
    return heights


def seed_strips(
    panels: Mapping[str, tuple[ArrayLike, ArrayLike]], *, names: tuple[str, str], title: str, ylabel: str
) -> Figure:
    """Two predictions for each seed, side by side in one panel per setting, joined by a line per seed.

    Parameters
    ----------
    panels : setting -> (first, second)
        Predicted ratings of the two people, one number per seed (stars).
    names : two strings
        Who the two series are; the first is drawn as ``●``, the second as ``■``.
    title : str
        The finding, in words.
    """
    first, second = MARKS["user"], MARKS["film"]
    with rc_context(_STYLE):
        fig, axes = _figure(7.6, 4.0, columns=len(panels))
        for ax, (setting, (low, high)) in zip(axes, panels.items(), strict=True):
            low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
            seeds = np.arange(len(low))
            for seed in seeds:
                wrong = low[seed] >= high[seed]
                ax.plot(
                    [seed, seed],
                    [low[seed], high[seed]],
                    color=PALETTE["black"] if wrong else "#999999",
                    lw=2.2 if wrong else 1.4,
                    ls=":" if wrong else "-",
                    zorder=1,
                )
            ax.plot(seeds, low, first.marker, color=first.colour, ms=8, label=names[0])
            ax.plot(seeds, high, second.marker, color=second.colour, ms=8, label=names[1])
            ax.set_title(setting)
            ax.set(xlabel="seed", xticks=seeds)
        axes[0].set_ylabel(ylabel)
        if any((np.asarray(low) >= np.asarray(high)).any() for low, high in panels.values()):
            axes[0].plot([], [], color=PALETTE["black"], lw=2.2, ls=":", label=f"{names[0]} on top")
        handles, labels = axes[0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="lower center", ncols=3)
        _headline(fig, title)
        fig.subplots_adjust(left=0.12, right=0.98, top=0.81, bottom=0.28, wspace=0.06)
    return fig


def term_bars(terms: Sequence[str], values: ArrayLike, *, title: str, xlabel: str = "stars") -> Figure:
    """What each term adds to (▲) or takes away from (▼) a prediction, stacked from the first to the sum.

    Parameters
    ----------
    terms : n strings
        Names of the terms, in the order in which they are added.
    values : (n,) array
        What each adds, in stars. The first is where the sum starts.
    title : str
        The finding, in words.

    Raises
    ------
    ValueError
        When there is not one value for each term.
    """
    values = np.asarray(values, dtype=float)
    if values.shape != (len(terms),):
        raise ValueError(
            f"{len(terms)} terms and values of shape {values.shape}: give one value for each term"
        )
    starts = np.concatenate([[0.0], np.cumsum(values)[:-1]])
    rows = np.arange(len(terms))[::-1]
    with rc_context(_STYLE):
        fig, (ax,) = _figure(7.6, 0.55 * (len(terms) + 1) + 1.5)
        for row, start, value in zip(rows, starts, values, strict=True):
            mark = MARKS["adds" if value >= 0 else "takes away"]
            ax.barh(row, value, left=start, height=0.5, color=mark.colour, hatch="" if value >= 0 else "//")
            ax.text(
                max(start, start + value) + 0.06,
                row,
                f"{mark.sign} {value:+.2f}".replace("-", "\N{MINUS SIGN}"),
                va="center",
            )
        ax.barh(-1, values.sum(), height=0.5, color="#555555")
        ax.text(values.sum() + 0.06, -1, f"= {values.sum():.2f}", va="center", fontweight="bold")
        ax.set_yticks([*rows, -1], [*terms, "prediction ŷ"])
        tops = np.concatenate([starts, starts + values])
        ax.set(xlim=(min(0.0, tops.min()) - 0.1, tops.max() + 0.9), xlabel=xlabel)
        _headline(fig, title)
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        fig.subplots_adjust(
            left=0.33, right=0.97, top=1 - 0.5 / fig.get_figheight(), bottom=0.75 / fig.get_figheight()
        )
    return fig


def learning_curves(
    learning: ArrayLike,
    judging: ArrayLike,
    *,
    title: str,
    ylabel: str = "RMSE in stars",
    first: int = 1,
    earlier: ArrayLike | None = None,
    limits: tuple[float, float] | None = None,
    epochs: int | None = None,
) -> Figure:
    """Error by epoch on the rows learned from and on the rows kept back, with the best epoch marked.

    Parameters
    ----------
    learning, judging : (n,) array
        Error after each epoch.
    title : str
        The finding, in words.
    first : int
        The epoch of the first error: 0 if it is the one before training.
    earlier : (m,) array, optional
        Error of another run on the rows kept back, to compare with.
    limits : (low, high), optional
        Ends of the error axis; what is beyond leaves the chart.
    epochs : int, optional
        Where the epoch axis ends; by default with the last error.
    """
    learning, judging = np.asarray(learning, dtype=float), np.asarray(judging, dtype=float)
    places, best = first + np.arange(len(judging)), int(np.argmin(judging))
    with rc_context(_STYLE):
        fig, (ax,) = _figure(7.6, 3.4)
        if earlier is not None:
            ax.plot(
                first + np.arange(len(earlier)),
                earlier,
                ":",
                color="#555555",
                lw=1.5,
                label="kept back, run before",
            )
        ax.plot(places, learning, "-", color=PALETTE["blue"], lw=2, label="rows learned from")
        ax.plot(places, judging, "--", color=PALETTE["vermillion"], lw=2.5, label="rows kept back")
        ax.plot(
            places[best],
            judging[best],
            "D",
            color=PALETTE["black"],
            ms=8,
            label=f"best epoch: {places[best]}",
        )
        ax.set(xlabel="epoch", ylabel=ylabel, ylim=limits, xlim=(None, epochs and epochs * 1.03))
        ax.locator_params(nbins=5)
        if limits is not None and judging[-1] > limits[1]:
            ax.text(0.5, 0.98, "▲ off the chart", ha="center", va="top", transform=ax.transAxes)
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=11)
        _headline(fig, title)
        fig.subplots_adjust(left=0.1, right=0.7, top=0.89, bottom=0.16)
    return fig


def line_chart(
    x: ArrayLike, curves: Mapping[str, ArrayLike], *, title: str, xlabel: str, ylabel: str
) -> Figure:
    """Up to four lines over the same x, told apart by colour and by dashes.

    Parameters
    ----------
    x : (n,) array
    curves : name -> (n,) array
    title : str
        The finding, in words.
    """
    colours = (PALETTE["blue"], PALETTE["vermillion"], PALETTE["green"], PALETTE["purple"])
    with rc_context(_STYLE):
        fig, (ax,) = _figure(7.6, 3.8)
        for (name, y), colour, (_, dashes) in zip(curves.items(), colours, _LINES, strict=False):
            ax.plot(list(x), y, color=colour, ls=dashes, lw=2.2, label=name)
        ax.set(xlabel=xlabel, ylabel=ylabel)
        ax.legend()
        _headline(fig, title)
        fig.subplots_adjust(left=0.11, right=0.97, top=0.89, bottom=0.16)
    return fig


def size_bars(names: Sequence[str], sizes: ArrayLike, *, title: str) -> Figure:
    """How many bytes several things take, as bars on a logarithmic axis, each with its size in words.

    Parameters
    ----------
    names : n strings
    sizes : (n,) array
        Bytes, all above 0.
    title : str
        The finding, in words.

    Raises
    ------
    ValueError
        When there is not one size above 0 for each name.
    """
    sizes = np.asarray(sizes, dtype=float)
    if sizes.shape != (len(names),) or not (sizes > 0).all():
        raise ValueError(
            f"{len(names)} names and sizes {sizes.tolist()}: give one size above 0 for each name"
        )
    rows = np.arange(len(names))[::-1]
    low, high = 10 ** np.floor(np.log10(sizes.min()) - 0.5), sizes.max()
    with rc_context(_STYLE):
        fig, (ax,) = _figure(7.6, 0.5 * len(names) + 1.6)
        ax.barh(rows, sizes - low, left=low, height=0.55, color=PALETTE["blue"])
        for row, size in zip(rows, sizes, strict=True):
            ax.text(size * 1.15, row, size_in_words(size), va="center")
        ax.set_xscale("log")
        ax.set_yticks(rows, names)
        ax.set(xlim=(low, high * (high / low) ** 0.25), xlabel="bytes (each step is ten times as many)")
        _headline(fig, title)
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        fig.subplots_adjust(
            left=0.33, right=0.97, top=1 - 0.5 / fig.get_figheight(), bottom=0.75 / fig.get_figheight()
        )
    return fig


def size_in_words(size: float) -> str:
    """Bytes with a unit and three digits: ``6.45 MB``."""
    power = min(int(np.log10(max(1.001 * size, 1)) // 3), 3)
    return f"{size / 1000**power:.3g} {('bytes', 'kB', 'MB', 'GB')[power]}"


def product_square(values: ArrayLike, *, title: str) -> Figure:
    """The products of some numbers with each other, as a square: pairs above a hatched diagonal.

    Parameters
    ----------
    values : (n,) array
        The numbers; a handful, whole ones read best.
    title : str
        The finding, in words.
    """
    values = np.asarray(values, dtype=float)
    n = len(values)
    with rc_context(_STYLE):
        fig, (ax,) = _figure(6.6, 4.4)
        for i in range(n):
            for j in range(n):
                kind = "pair" if i < j else "itself" if i == j else "again"
                face = {"pair": PALETTE["sky blue"], "itself": "white", "again": "#eeeeee"}[kind]
                ax.add_patch(
                    Rectangle(
                        (j, n - 1 - i),
                        1,
                        1,
                        facecolor=face,
                        edgecolor="#555555",
                        hatch="//" * (kind == "itself"),
                    )
                )
                ax.text(
                    j + 0.5,
                    n - 0.5 - i,
                    f"{values[i] * values[j]:g}",
                    ha="center",
                    va="center",
                    fontweight="bold" if kind == "pair" else "normal",
                    bbox={"facecolor": face, "edgecolor": "none", "pad": 2},
                )
        handles = [
            Patch(facecolor=PALETTE["sky blue"], edgecolor="#555555", label="each pair (bold)"),
            Patch(facecolor="white", edgecolor="#555555", hatch="//", label="with itself"),
            Patch(facecolor="#eeeeee", edgecolor="#555555", label="each pair, again"),
        ]
        ax.legend(handles=handles, loc="center left", bbox_to_anchor=(1.02, 0.5))
        ax.set(xlim=(0, n), ylim=(0, n), aspect="equal")
        ax.set_xticks(np.arange(n) + 0.5, [f"{value:g}" for value in values])
        ax.set_yticks(np.arange(n) + 0.5, [f"{value:g}" for value in values[::-1]])
        ax.tick_params(length=0, labeltop=True, labelbottom=False)
        for spine in ax.spines.values():
            spine.set_visible(False)
        _headline(fig, title)
        fig.subplots_adjust(left=0.06, right=0.66, top=0.83, bottom=0.03)
    return fig


_LINES = (("o", "-"), ("s", "--"), ("^", ":"), ("D", "-."))


def work_curves(
    lengths: Sequence[int], curves: Mapping[str, Sequence[int]], *, chosen: int, title: str
) -> Figure:
    """Multiplications against the number of columns, one line for each way, both axes logarithmic.

    Parameters
    ----------
    lengths : n whole numbers
        Columns in the row.
    curves : way -> n whole numbers
        Multiplications; at most four ways.
    chosen : int
        The length that a vertical line marks.
    title : str
        The finding, in words.
    """
    colours = (PALETTE["vermillion"], PALETTE["blue"], PALETTE["green"], PALETTE["purple"])
    places = np.log10(lengths)  # powers of ten on plain axes: quicker to draw than logarithmic ones
    top = int(np.ceil(np.log10(max(max(counts) for counts in curves.values()))))
    with rc_context(_STYLE):
        fig, (ax,) = _figure(7.6, 4.0)
        for (way, counts), colour, (marker, line) in zip(curves.items(), colours, _LINES, strict=False):
            ax.plot(places, np.log10(counts), color=colour, marker=marker, ls=line, lw=2, ms=7, label=way)
        ax.axvline(np.log10(chosen), color="#999999", lw=1.2, zorder=0)
        ax.text(np.log10(chosen), top + 0.5, f"n = {chosen} ", ha="right", va="top", color="#555555")
        ax.set(xlabel="columns n", ylabel="multiplications", ylim=(0, top + 0.5))
        ax.set_xticks(places, [f"{length:,}" for length in lengths])
        ax.set_yticks(range(0, top + 1, 2), [f"{10**power:,}" for power in range(0, top + 1, 2)])
        ax.legend(loc="lower center", bbox_to_anchor=(0.43, -0.42), ncols=3, fontsize=11, columnspacing=1.2)
        _headline(fig, title)
        fig.subplots_adjust(left=0.17, right=0.98, top=0.9, bottom=0.27)
    return fig


def blank_dots(names: Sequence[str], says: Mapping[str, ArrayLike], *, title: str) -> Figure:
    """What one or two methods predict for some pairs: a row for each pair, a mark for each method, in stars.

    Parameters
    ----------
    names : n strings
    says : method -> (n,) array
        Predicted stars. Two methods at most; the last is drawn as ``●``, one before it as ``■``.
    title : str
        The finding, in words.
    """
    rows = np.arange(len(names))[::-1]
    marks = (MARKS["film"], MARKS["user"])[-len(says) :]
    with rc_context(_STYLE):
        fig, (ax,) = _figure(7.6, 0.36 * len(names) + 1.6)
        for row in rows:
            ax.axhline(row, color="#dddddd", lw=1, zorder=0)
        for (method, stars), mark, size in zip(says.items(), marks, (11, 8)[-len(says) :], strict=True):
            ax.plot(stars, rows, mark.marker, color=mark.colour, ms=size, mec="white", label=method)
        ax.set_yticks(rows, names)
        ax.set(xlim=(-1.2, 6.2), ylim=(-0.6, len(names) - 0.4), xlabel="predicted stars", xticks=range(6))
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, -0.52), ncols=2)
        _headline(fig, title)
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        fig.subplots_adjust(left=0.27, right=0.98, top=0.88, bottom=0.3)
    return fig


def filled_cells(filled: ArrayLike, *, title: str, xlabel: str, ylabel: str) -> Figure:
    """A table seen from far: a square for each filled cell, nothing for a blank.

    Parameters
    ----------
    filled : (rows, columns) bool
    title : str
        The finding, in words.
    """
    filled = np.asarray(filled, dtype=bool)
    rows, columns = filled.shape
    with rc_context(_STYLE):
        fig, (ax,) = _figure(6.2, 4.4)
        fig.subplots_adjust(left=0.1, right=0.98, top=0.9, bottom=0.12)
        box = ax.get_position()
        cell = 72 * min(
            box.width * fig.get_figwidth() / columns, box.height * fig.get_figheight() / rows
        )  # points
        y, x = np.nonzero(filled)
        ax.scatter(x + 0.5, y + 0.5, s=min(0.8 * cell, 40) ** 2, marker="s", color=PALETTE["blue"], lw=0)
        ax.set(xlim=(0, columns), ylim=(rows, 0), xticks=[], yticks=[], xlabel=xlabel, ylabel=ylabel)
        for spine in ax.spines.values():
            spine.set_visible(True)
        _headline(fig, title)
    return fig


def places_by_day(
    days: Sequence[int],
    places: Sequence[int],
    *,
    marked: Mapping[int, str],
    chosen: int,
    top: int,
    title: str,
    ylabel: str,
) -> Figure:
    """How many places of a list something takes, day by day, as steps; with marked days and a chosen one ▼.

    Parameters
    ----------
    days, places : n numbers
    marked : day -> words
        What happened on some days.
    chosen : int
        The day that is looked at; one of ``days``.
    top : int
        Places of a list.
    title : str
        The finding, in words.
    """
    with rc_context(_STYLE):
        fig, (ax,) = _figure(6.2, 3.6)
        ax.step(days, places, where="mid", color=PALETTE["blue"], lw=2.5)
        for height, (day, words) in enumerate(marked.items()):
            y = top + 0.75 - 0.42 * height
            ax.plot([day, day], [0, y], color="#777777", ls="--", lw=1.2)
            ax.text(day + 6, y, f"day {day}: {words}", va="center", fontsize=11)
        here = places[list(days).index(chosen)]
        mark = MARKS["takes away"]
        ax.plot([chosen], [here + 0.22], mark.marker, color=mark.colour, ms=11)
        ax.set(
            xlabel=f"day   (▼ day {chosen})",
            ylabel=ylabel,
            xlim=(min(days) - 4, max(days) + 8),
            ylim=(-0.15, top + 1.0),
            yticks=range(top + 1),
        )
        _headline(fig, title)
        fig.subplots_adjust(left=0.11, right=0.97, top=0.88, bottom=0.17)
    return fig


def long_tail(counts: ArrayLike, *, title: str, xlabel: str, ylabel: str) -> Figure:
    """Counts from the largest to the smallest, with the first tenth hatched.

    Parameters
    ----------
    counts : (n,) array
        How often each thing occurs, in any order.
    title : str
        The finding, in words.
    """
    ranked = np.sort(np.asarray(counts, dtype=float))[::-1]
    places, tenth = np.arange(1, len(ranked) + 1), max(1, len(ranked) // 10)
    with rc_context(_STYLE):
        fig, (ax,) = _figure(7.6, 3.4)
        ax.fill_between(places, ranked, step="mid", color=PALETTE["sky blue"], lw=0)
        ax.fill_between(
            places[:tenth],
            ranked[:tenth],
            step="mid",
            facecolor=PALETTE["blue"],
            edgecolor="white",
            hatch="///",
            lw=0,
            label="the first tenth",
        )
        ax.set(xlim=(0, len(ranked)), ylim=(0, None), xlabel=xlabel, ylabel=ylabel)
        ax.legend(loc="upper right")
        _headline(fig, title)
        fig.subplots_adjust(left=0.11, right=0.97, top=0.88, bottom=0.18)
    return fig


def score_bars(names: Sequence[str], measures: Mapping[str, ArrayLike], *, title: str) -> Figure:
    """The same contestants by several measures, a panel each; NaN is written out as "none".

    Parameters
    ----------
    names : n strings
        The contestants.
    measures : measure -> (n,) array
        Numbers of at least 0; each panel has a scale of its own.
    title : str
        The finding, in words.
    """
    rows = np.arange(len(names))[::-1]
    with rc_context(_STYLE):
        fig, axes = _figure(7.6, 0.5 * len(names) + 1.4, columns=len(measures))
        for ax, (measure, values), colour, hatch in zip(
            axes, measures.items(), (PALETTE["blue"], PALETTE["vermillion"]), ("", "//"), strict=False
        ):
            values = np.asarray(values, dtype=float)
            ax.barh(rows, np.nan_to_num(values), height=0.55, color=colour, hatch=hatch, edgecolor="white")
            top = np.nanmax(values)
            for row, value in zip(rows, values, strict=True):
                text = " none" if np.isnan(value) else f" {value:.2f}"
                ax.text(np.nan_to_num(value), row, text, va="center")
            ax.set(xlim=(0, 1.25 * top), xticks=[])
            ax.set_title(measure, fontsize=12)
            ax.spines["bottom"].set_visible(False)
            ax.tick_params(axis="y", length=0)
        axes[0].set_yticks(rows, names)
        _headline(fig, title)
        height = fig.get_figheight()
        fig.subplots_adjust(left=0.3, right=0.98, top=1 - 0.85 / height, bottom=0.1 / height, wspace=0.08)
    return fig


def slice_dots(names: Sequence[str], values: Mapping[str, ArrayLike], *, title: str, xlabel: str) -> Figure:
    """One number per slice for one or two contestants: a row for each slice, a mark for each contestant.

    Parameters
    ----------
    names : n strings
        The slices.
    values : contestant -> (n,) array
        Two contestants at most; the first is drawn as ``■``, the second as ``●``.
    title : str
        The finding, in words.
    """
    rows = np.arange(len(names))[::-1]
    with rc_context(_STYLE):
        fig, (ax,) = _figure(7.6, 0.42 * len(names) + 1.7)
        for row in rows:
            ax.axhline(row, color="#dddddd", lw=1, zorder=0)
        for (contestant, numbers), mark, size in zip(
            values.items(), (MARKS["film"], MARKS["user"]), (12, 8), strict=False
        ):
            ax.plot(numbers, rows, mark.marker, color=mark.colour, ms=size, mec="white", label=contestant)
        ax.set_yticks(rows, names)
        ax.set(ylim=(-0.6, len(names) - 0.4), xlabel=xlabel)
        height = fig.get_figheight()
        fig.legend(loc="lower left", bbox_to_anchor=(0.01, 0.0), ncols=2, columnspacing=1, handletextpad=0.1)
        _headline(fig, title)
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        fig.subplots_adjust(left=0.3, right=0.97, top=1 - 0.5 / height, bottom=0.95 / height)
    return fig


def number_cells(
    values: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    marked: Sequence[tuple[int, int]] = (),
) -> Figure:
    """A table of signed numbers, each cell tinted by its size; above 0 in blue, below 0 in hatched orange.

    Parameters
    ----------
    values : (rows, columns) array
    rows, columns : strings
    title : str
        The finding, in words.
    marked : pairs of row and column
        Cells with a thick frame and bold number.

    Raises
    ------
    ValueError
        When there is not one name for each row and column.
    """
    values = np.asarray(values, dtype=float)
    if values.shape != (len(rows), len(columns)):
        raise ValueError(
            f"{len(rows)} rows, {len(columns)} columns and values of shape {values.shape}: they must agree"
        )
    most = max(float(np.abs(values).max(initial=0)), 1e-12)
    with rc_context(_STYLE):
        fig, (ax,) = _figure(7.6, 0.5 * len(rows) + 1.5)
        for (i, j), value in np.ndenumerate(values):
            colour = PALETTE["blue" if value >= 0 else "orange"]
            ax.add_patch(
                Rectangle(
                    (j, len(rows) - 1 - i),
                    1,
                    1,
                    facecolor=to_rgba(colour, 0.75 * abs(value) / most),
                    edgecolor="#bbbbbb",
                    hatch="" if value >= 0 else "...",
                    lw=0.5,
                )
            )
            strong = (i, j) in marked
            ax.text(
                j + 0.5,
                len(rows) - 0.5 - i,
                f"{value:+z.2f}".replace("-", "\N{MINUS SIGN}"),
                ha="center",
                va="center",
                fontweight="bold" if strong else "normal",
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1.5},
            )
        for i, j in marked:
            ax.add_patch(Rectangle((j, len(rows) - 1 - i), 1, 1, fill=False, edgecolor="black", lw=3))
        ax.set(xlim=(-0.03, len(columns) + 0.03), ylim=(-0.03, len(rows) + 0.03))
        ax.set(xlabel=xlabel, ylabel=ylabel)
        ax.set_xticks(np.arange(len(columns)) + 0.5, columns)
        ax.set_yticks(np.arange(len(rows)) + 0.5, list(rows)[::-1])
        ax.tick_params(length=0)
        for spine in ax.spines.values():
            spine.set_visible(False)
        _headline(fig, title)
        fig.subplots_adjust(
            left=0.17, right=0.99, top=1 - 0.45 / fig.get_figheight(), bottom=0.75 / fig.get_figheight()
        )
    return fig


def promise_curves(tables: Mapping[str, pd.DataFrame], *, title: str) -> Figure:
    """Promised against observed rates, both logarithmic; on the diagonal promises are kept.

    Parameters
    ----------
    tables : name -> DataFrame[rows, predicted, observed]
        As :func:`course_utils.evaluate.reliability` gives them; at most four. A rate of 0 has no place on
        a logarithmic axis and is left out. A vertical line
        runs two standard errors up and down: so far the observed rate may be off by chance.
    title : str
        The finding, in words.
    """
    colours = (PALETTE["blue"], PALETTE["vermillion"], PALETTE["green"], PALETTE["purple"])
    rates = np.concatenate([table[["predicted", "observed"]].to_numpy().ravel() for table in tables.values()])
    low, high = rates[rates > 0].min() / 1.5, min(1.0, rates.max() * 1.5)
    ticks = [tick for tick in (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1) if low <= tick <= high]
    with rc_context(_STYLE):
        fig, (ax,) = _figure(6.6, 4.6)
        ax.plot([low, high], [low, high], color="#999999", lw=1.2, zorder=0)
        ax.text(high, high, "promise kept ", ha="right", va="bottom", color="#555555", fontsize=11)
        for (name, table), colour, (marker, line) in zip(tables.items(), colours, _LINES, strict=False):
            observed, rows = table["observed"].to_numpy(), table["rows"].to_numpy()
            error = 2 * np.sqrt(observed * (1 - observed) / rows)
            down = np.clip(error, 0, 0.9 * np.maximum(observed - low, 0))
            ax.errorbar(
                table["predicted"],
                observed,
                [down, error],
                color=colour,
                marker=marker,
                ls=line,
                lw=1.5,
                ms=7,
                label=name,
            )
        ax.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high * 1.15))
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_ticks(ticks, [f"{100 * tick:g} %" for tick in ticks])
            axis.set_ticks([], minor=True)
        ax.set(xlabel="promised click rate", ylabel="observed click rate")
        ax.legend(loc="upper left")
        _headline(fig, title)
        fig.subplots_adjust(left=0.14, right=0.97, top=0.89, bottom=0.14)
    return fig


def slot_bars(names: Sequence[str], values: Mapping[str, ArrayLike], *, title: str, xlabel: str) -> Figure:
    """What each thing is worth by two methods: two bars for each, the best of either method marked ★.

    Parameters
    ----------
    names : n strings
    values : method -> (n,) array
        Two methods, the important one first: full bars, then hatched ones.
    title : str
        The finding, in words.
    """
    places = np.arange(len(names))[::-1].astype(float)
    looks = ({"color": PALETTE["blue"]}, {"facecolor": "white", "edgecolor": "#777777", "hatch": "///"})
    most = max(float(np.max(found)) for found in values.values()) or 1.0
    with rc_context(_STYLE):
        fig, (ax,) = _figure(6.6, 0.52 * len(names) + 1.5)
        for (method, found), look, shift in zip(values.items(), looks, (0.2, -0.2), strict=True):
            found = np.asarray(found, dtype=float)
            ax.barh(places + shift, found, height=0.36, label=method, **look)
            best = int(np.argmax(found))
            for place, value in enumerate(found):
                star = "★ " if place == best and value > 0 else ""
                ax.text(
                    value + 0.01 * most,
                    places[place] + shift,
                    f"{star}{value:,.0f}",
                    va="center",
                    fontsize=11,
                    fontweight="bold" if star else "normal",
                )
        ax.set_yticks(places, names)
        ax.set(xlim=(0, 1.18 * most), xlabel=xlabel, xticks=[])  # the numbers stand at the bars
        fig.legend(loc="lower center", ncols=2, fontsize=11)
        _headline(fig, title)
        ax.spines[["left", "bottom"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
        fig.subplots_adjust(
            left=0.14, right=0.98, top=1 - 0.45 / fig.get_figheight(), bottom=0.8 / fig.get_figheight()
        )
    return fig


def mean_and_range(
    x: Sequence[float], runs: Mapping[str, ArrayLike], *, title: str, xlabel: str, ylabel: str
) -> Figure:
    """Means over several runs as lines, with a band from the lowest to the highest run.

    Parameters
    ----------
    x : n numbers
    runs : name -> (runs, n) array
        One row for each run, such as a seed; at most four names.
    title : str
        The finding, in words.
    """
    colours = (PALETTE["blue"], PALETTE["vermillion"], PALETTE["green"], PALETTE["purple"])
    with rc_context(_STYLE):
        fig, (ax,) = _figure(7.6, 4.4)
        for (name, values), colour, (marker, line) in zip(runs.items(), colours, _LINES, strict=False):
            values = np.asarray(values, dtype=float)
            ax.fill_between(x, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.12, lw=0)
            ax.plot(x, values.mean(axis=0), color=colour, marker=marker, ls=line, lw=2, ms=8, label=name)
        ax.set(xlabel=xlabel, ylabel=ylabel, xticks=list(x))
        count = len(next(iter(runs.values())))
        ax.legend(
            title=f"mean of {count} runs; shaded: lowest to highest",
            loc="upper center",
            bbox_to_anchor=(0.45, -0.16),
            ncols=2,
        )
        _headline(fig, title)
        fig.subplots_adjust(left=0.14, right=0.98, top=0.9, bottom=0.31)
    return fig


def day_panels(
    days: Sequence[int],
    panels: Mapping[str, Mapping[str, ArrayLike]],
    *,
    built: Sequence[int],
    arrivals: Sequence[int],
    title: str,
) -> Figure:
    """Curves over days, one panel below the other; dotted lines for arrivals, ▲ in a strip for each rebuild.

    Parameters
    ----------
    days : n whole numbers
    panels : ylabel -> (name -> n numbers)
        The same names in every panel; at most two. The first is drawn bold, the second pale and dashed.
    built : days on which a model was built
    arrivals : days on which something new arrived
    title : str
        The finding, in words.
    """
    looks = (
        {"color": PALETTE["blue"], "lw": 2.2, "ls": "-"},
        {"color": PALETTE["vermillion"], "lw": 1.4, "ls": "--"},
    )
    with rc_context(_STYLE):
        fig = Figure(figsize=(6.8, 4.2), dpi=PIXELS_PER_INCH * RESOLUTION)
        *axes, strip = fig.subplots(len(panels) + 1, 1, sharex=True, height_ratios=[8] * len(panels) + [1])
        for ax, (ylabel, curves) in zip(axes, panels.items(), strict=True):
            for (name, values), look in zip(curves.items(), looks, strict=False):
                ax.plot(days, values, label=name, **look)
            top = 1.15 * max(float(np.max(values)) for values in curves.values())
            ax.vlines(arrivals, 0, top, colors="#999999", ls=":", lw=1.2, zorder=0)
            ax.set(ylabel=ylabel, ylim=(0, top))
        mark = MARKS["adds"]
        strip.plot(
            built, np.zeros(len(built)), mark.marker, color=PALETTE["black"], ms=6 if len(built) < 30 else 3
        )
        strip.spines["left"].set_visible(False)
        strip.set(
            yticks=[], ylim=(-1, 1), xlabel=f"day   ({mark.sign} a model is built, ⋯ something new arrives)"
        )
        handles, labels = axes[0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="upper right", bbox_to_anchor=(0.98, 0.94), ncols=2)
        _headline(fig, title)
        fig.subplots_adjust(left=0.11, right=0.98, top=0.84, bottom=0.13, hspace=0.16)
    return fig


def year_bars(
    panels: Mapping[str, tuple[ArrayLike, ArrayLike]], names: tuple[str, str], *, title: str
) -> Figure:
    """How many rows of two kinds fall into each year, stacked; one panel for each way to divide them.

    Parameters
    ----------
    panels : way -> (first, second)
        The moment of each row, in years, such as 2015.4.
    names : two strings
        What the two kinds are; the second is drawn below, hatched.
    title : str
        The finding, in words.
    """
    moments = np.concatenate([np.asarray(each, dtype=float) for pair in panels.values() for each in pair])
    edges = np.arange(np.floor(moments.min()), np.floor(moments.max()) + 2)
    first, second = PALETTE["sky blue"], PALETTE["vermillion"]
    with rc_context(_STYLE):
        fig, axes = _figure(7.6, 3.8, columns=len(panels))
        for ax, (way, pair) in zip(axes, panels.items(), strict=True):
            above, below = (np.histogram(np.asarray(each, dtype=float), edges)[0] for each in pair)
            middles = edges[:-1] + 0.5
            ax.bar(middles, above, bottom=below, width=0.85, color=first, label=names[0])
            ax.bar(middles, below, width=0.85, color=second, hatch="///", edgecolor="white", label=names[1])
            ax.set_title(way)
            ax.set(xlabel="year", xlim=(edges[0], edges[-1]))
            ax.xaxis.get_major_locator().set_params(integer=True, nbins=5)
        axes[0].yaxis.set_major_formatter("{x:,.0f}")
        axes[0].set_ylabel("ratings")
        handles, labels = axes[0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="lower center", ncols=2)
        _headline(fig, title)
        fig.subplots_adjust(left=0.15, right=0.98, top=0.81, bottom=0.28, wspace=0.08)
    return fig


def hot_columns(blocks: Mapping[str, range], hot: Sequence[int], *, title: str) -> Figure:
    """Where the hot columns of a row lie: a strip for each block, all equally long; ▼ marks each.

    Parameters
    ----------
    blocks : name -> range of columns
    hot : column numbers
    title : str
        The finding, in words.
    """
    mark = MARKS["takes away"]
    with rc_context(_STYLE):
        fig, (ax,) = _figure(7.6, 1.6)
        for place, (name, columns) in enumerate(blocks.items()):
            left, width = 1.08 * place, 1.0
            ax.add_patch(Rectangle((left, 0), width, 1, facecolor="#eeeeee", edgecolor="#555555"))
            last = f"{columns.start:,} to {columns.stop - 1:,}"
            ax.text(left + width / 2, -0.25, f"{name}: {last}", ha="center", va="top", fontsize=12)
            for column in (each for each in hot if each in columns):
                x = left + width * (column - columns.start + 0.5) / len(columns)
                ax.plot([x, x], [0, 1], color=mark.colour, lw=2)
                ax.plot([x], [1.22], mark.marker, color=mark.colour, ms=9)
        ax.set(xlim=(-0.02, 1.08 * len(blocks) - 0.06), ylim=(-1.0, 1.6))
        ax.set_axis_off()
        _headline(fig, title)
        fig.subplots_adjust(left=0.02, right=0.98, top=0.78, bottom=0.0)
    return fig


def job_and_bill(
    stages: Sequence[tuple[str, float, bool]], hours: ArrayLike, dollars: ArrayLike, *, title: str
) -> Figure:
    """The stages of a job as one bar of seconds, and below it a bill that grows over hours.

    Parameters
    ----------
    stages : (name, seconds, billed)
        In their order; at most four. What is not billed is white.
    hours, dollars : n numbers
        The running bill at each of its bends; the last but one is the end of the job.
    title : str
        The finding, in words.
    """
    colours = ("white", PALETTE["sky blue"], PALETTE["blue"], PALETTE["black"])
    hours, dollars = np.asarray(hours, dtype=float), np.asarray(dollars, dtype=float)
    with rc_context(_STYLE):
        fig = Figure(figsize=(7.6, 4.6), dpi=PIXELS_PER_INCH * RESOLUTION)
        above, below = fig.subplots(2, 1, height_ratios=(1, 4))
        start = 0.0
        for place, (name, seconds, billed) in enumerate(stages):
            label = f"{name} {seconds:,.0f} s" if seconds >= 10 else f"{name} {seconds:.1f} s"
            above.barh(
                0,
                seconds,
                left=start,
                color=colours[place % 4] if billed else "white",
                edgecolor="#555555",
                hatch=("", "//", "", "..")[place % 4],
                label=label if billed else f"{label}, not billed",
            )
            start += seconds
        above.set(yticks=[], xlabel="seconds of the job", xlim=(0, max(start, 1e-9)))
        above.spines["left"].set_visible(False)
        fig.legend(
            handles=above.containers,
            loc="upper left",
            bbox_to_anchor=(0.0, 0.93),
            ncols=4,
            fontsize=11,
            handlelength=1.2,
            handletextpad=0.4,
            columnspacing=0.9,
        )
        below.plot(hours, dollars, color=PALETTE["vermillion"], lw=2.5)
        below.fill_between(hours, dollars, color=PALETTE["vermillion"], alpha=0.15, lw=0)
        below.plot(hours[-2:-1], dollars[-2:-1], "D", color=PALETTE["black"], ms=8, clip_on=False)
        below.set(
            xlabel="hours since the job was sent",
            ylabel="dollars so far",
            xlim=(0, max(hours[-1] * 1.04, 1e-9)),
            ylim=(0, max(dollars[-1] * 1.15, 1e-9)),
        )
        total = f"${dollars[-1]:,.2f}" if dollars[-1] >= 0.1 else f"${dollars[-1]:.2g}"
        below.text(hours[-1], dollars[-1], f"in all {total} ", ha="right", va="bottom")
        below.text(0.03, 0.96, "◆ the job ends", ha="left", va="top", transform=below.transAxes)
        above.locator_params(axis="x", nbins=5)  # fewer labels are quicker to draw
        below.locator_params(nbins=4)
        _headline(fig, title)
        fig.subplots_adjust(left=0.13, right=0.97, top=0.82, bottom=0.13, hspace=0.72)
    return fig


def hours_by_ratings(
    ratings: Sequence[int], curves: Mapping[str, Sequence[float]], *, chosen: int, title: str
) -> Figure:
    """Hours of some steps against the number of ratings, both axes in powers of ten.

    Parameters
    ----------
    ratings : n whole numbers
    curves : step -> n hours
        At most four steps.
    chosen : int
        The number of ratings that a vertical line marks.
    title : str
        The finding, in words.
    """
    colours = (PALETTE["blue"], PALETTE["vermillion"], PALETTE["green"], PALETTE["purple"])
    times = {"1 s": 1 / 3600, "1 min": 1 / 60, "1 h": 1, "1 day": 24, "1 month": 720, "1 year": 8760}
    places = np.log10(ratings)  # powers of ten on plain axes: quicker to draw than logarithmic ones
    low, high = np.log10(list(times.values()))[[0, -1]]
    with rc_context(_STYLE):
        fig, (ax,) = _figure(7.6, 4.2)
        for (step, hours), colour, (marker, line) in zip(curves.items(), colours, _LINES, strict=False):
            ax.plot(places, np.log10(hours), color=colour, marker=marker, ls=line, lw=2, ms=7, label=step)
        ax.axvline(np.log10(chosen), color="#999999", lw=1.2, zorder=0)
        ax.set(xlabel="ratings", ylim=(low - 0.5, high + 0.5))
        ax.set_xticks(places, [short_count(each) for each in ratings])
        ax.set_yticks(np.log10(list(times.values())), times)
        ax.grid(axis="y", color="#dddddd", lw=0.8)
        ax.legend(loc="upper center", bbox_to_anchor=(0.45, -0.16), ncols=2, fontsize=11)
        _headline(fig, title)
        fig.subplots_adjust(left=0.12, right=0.98, top=0.9, bottom=0.31)
    return fig


def short_count(count: int) -> str:
    """``100k``, ``25M``, ``1 billion``."""
    for size, unit in ((10**9, " billion"), (10**6, "M"), (1000, "k")):
        if count >= size:
            return f"{count / size:g}{unit}"
    return str(count)
