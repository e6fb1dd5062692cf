"""Figures carry alternative text, are sharp, and say nothing by colour alone."""

from __future__ import annotations

import base64
import doctest
import io
import itertools
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from course_utils import plots

NAMES = ["Alice", "Bob", "Charlie", "Titanic", "Notting Hill", "Star Wars", "Star Trek"]
KINDS = ["user"] * 3 + ["film"] * 4


def a_map(points=None, **kwargs):
    points = np.random.default_rng(1).normal(size=(7, 2)) if points is None else points
    return plots.factor_map(points, NAMES, KINDS, title="A finding", **kwargs)


def texts(fig) -> list[str]:
    return [text.get_text() for ax in fig.axes for text in ax.texts]


@pytest.mark.parametrize("alt", ["", "   ", "plot", "factor map.png", None])
def test_a_figure_without_words_is_refused(alt) -> None:
    with pytest.raises(ValueError, match="cannot see it"):
        plots.figure_html(a_map(), alt)


def test_html_holds_the_picture_at_twice_its_width_and_escapes_the_text() -> None:
    html = plots.figure_html(a_map(), 'Alice says "no" & Bob <yes>')
    assert 'alt="Alice says &quot;no&quot; &amp; Bob &lt;yes&gt;"' in html
    width = int(re.search(r'width="(\d+)"', html)[1])
    data = base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])
    assert Image.open(io.BytesIO(data)).size[0] == 2 * width


def test_the_background_is_white_so_that_dark_themes_stay_readable() -> None:
    image = Image.open(io.BytesIO(plots.figure_png(a_map()))).convert("RGBA")
    assert image.getpixel((2, image.height - 3)) == (255, 255, 255, 255)
    assert "background:#ffffff" in plots.figure_html(a_map(), "four words are enough")


def test_the_same_figure_gives_the_same_bytes() -> None:
    assert plots.figure_png(a_map()) == plots.figure_png(a_map())


def test_the_bytes_hold_every_pixel_that_was_drawn() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(plots._png(pixels)))), pixels)


def test_show_displays_html_and_no_bare_picture(monkeypatch) -> None:
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    plots.show(a_map(), alt="Seven points around the origin.")
    assert len(shown) == 1
    assert 'alt="Seven points around the origin."' in shown[0].data


def test_no_pyplot_state() -> None:
    code = "import sys, course_utils.plots; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_two_kinds_share_a_marker_a_sign_or_a_colour_role() -> None:
    for one, other in itertools.combinations(plots.MARKS.values(), 2):
        assert one.marker != other.marker
        assert one.sign != other.sign
    assert all(mark.colour in plots.PALETTE.values() for mark in plots.MARKS.values())


def test_the_map_names_every_point_with_its_sign_and_keeps_angles() -> None:
    fig = a_map()
    assert sorted(texts(fig)) == sorted(
        f"{plots.MARKS[kind].sign} {name}" for name, kind in zip(NAMES, KINDS, strict=True)
    )
    ax = fig.axes[0]
    across = ax.transData.transform([[0, 0], [1, 0]])
    up = ax.transData.transform([[0, 0], [0, 1]])
    assert np.diff(across[:, 0])[0] == pytest.approx(np.diff(up[:, 1])[0], rel=0.01)


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((7, 2)),
        np.full((7, 2), 1.3),
        np.array([[-1.3, 0.3], [0.9, 0.9], [1.3, -0.3], [-1.3, 0.3], [0, 0], [1.3, -0.3], [0.9, 0.9]]),
        np.array([[40.0, 0]] + [[0.0, 0.1 * i] for i in range(6)]),
    ],
    ids=["all at the origin", "all in one point", "Rendle's pairs", "one far away"],
)
def test_labels_do_not_cover_each_other(points) -> None:
    fig = a_map(points)
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in fig.axes[0].texts]
    assert not [1 for one, other in itertools.combinations(boxes, 2) if one.shrunk(0.9, 0.8).overlaps(other)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"points": np.zeros((6, 2))}, "one name, one kind"),
        ({"points": np.full((7, 2), np.nan)}, "diverged"),
        ({"kinds": ["user"] * 6 + ["robot"]}, "robot"),
    ],
)
def test_the_map_explains_what_it_cannot_draw(change, says) -> None:
    arguments = {"points": np.zeros((7, 2)), "names": NAMES, "kinds": KINDS} | change
    with pytest.raises(ValueError, match=says):
        plots.factor_map(**arguments, title="A finding")


def test_bars_add_up_to_the_prediction() -> None:
    fig = plots.term_bars(["w0", "Alice", "pair"], [3.0, -0.25, 0.5], title="The pair decides")
    assert texts(fig) == ["▲ +3.00", "▼ −0.25", "▲ +0.50", "= 3.25"]
    starts = [bar.get_x() for bar in fig.axes[0].patches]
    assert starts == pytest.approx([0, 3.0, 2.75, 0])
    with pytest.raises(ValueError, match="one value for each"):
        plots.term_bars(["w0"], [1.0, 2.0], title="A finding")


def test_seeds_in_the_right_order_need_no_third_entry_and_the_axis_keeps_its_name() -> None:
    fig = plots.seed_strips(
        {"a": ([0.84, 0.85], [0.86, 0.95])}, names=("A", "B"), title="T", ylabel="test RMSE"
    )
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["A", "B"]
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    assert fig.axes[0].yaxis.label.get_window_extent(canvas.get_renderer()).x0 >= 0


def test_seeds_in_the_wrong_order_are_marked_by_their_line() -> None:
    low, high = [3.0, 4.0, 3.5], [4.0, 3.0, 3.6]
    fig = plots.seed_strips({"λ = 0": (low, high)}, names=("A", "B"), title="A finding", ylabel="stars")
    dotted = [line for line in fig.axes[0].lines if line.get_linestyle() == ":" and len(line.get_xdata())]
    assert [list(line.get_xdata()) for line in dotted] == [[1, 1]]


def test_the_example_in_the_docstring_holds() -> None:
    assert doctest.testmod(plots).failed == 0


def test_size_bars_say_their_bytes_in_words_and_grow_tenfold() -> None:
    fig = plots.size_bars(["a", "b", "c", "d"], [5, 999, 6_453_504, 2.084e9], title="A finding")
    assert texts(fig) == ["5 bytes", "999 bytes", "6.45 MB", "2.08 GB"]
    ax = fig.axes[0]
    assert ax.get_xscale() == "log"
    assert [bar.get_x() + bar.get_width() for bar in ax.patches] == pytest.approx(
        [5, 999, 6_453_504, 2.084e9]
    )
    with pytest.raises(ValueError, match="one size above 0"):
        plots.size_bars(["a", "b"], [1, 0], title="A finding")


def test_the_square_holds_every_product_and_sets_pairs_in_bold() -> None:
    fig = plots.product_square([1, -2, 3], title="A finding")
    assert texts(fig) == ["1", "-2", "3", "-2", "4", "-6", "3", "-6", "9"]
    bold = [text.get_text() for text in fig.axes[0].texts if text.get_fontweight() == "bold"]
    assert bold == ["-2", "3", "-6"]
    hatched = [bool(patch.get_hatch()) for patch in fig.axes[0].patches]
    assert np.array_equal(np.reshape(hatched, (3, 3)), np.eye(3))


def test_work_curves_differ_in_line_and_marker_and_mark_the_chosen_length() -> None:
    fig = plots.work_curves([10, 100], {"a": [10, 1000], "b": [10, 100]}, chosen=100, title="A finding")
    lines = [line for line in fig.axes[0].lines if line.get_label() in "ab"]
    assert len({(line.get_marker(), line.get_linestyle()) for line in lines}) == 2
    assert list(lines[0].get_ydata()) == pytest.approx([1, 3])
    assert texts(fig) == ["n = 100 "]


def test_blank_dots_keep_the_machines_mark_when_it_is_alone() -> None:
    def marks(fig):
        return [line.get_marker() for line in fig.axes[0].lines if line.get_label() in ("SVD", "machine")]

    assert marks(plots.blank_dots(["a", "b"], {"machine": [1, 2]}, title="A finding")) == ["o"]
    both = {"SVD": [0, 0], "machine": [1, 2]}
    assert marks(plots.blank_dots(["a", "b"], both, title="A finding")) == ["s", "o"]


def test_filled_cells_draws_one_square_for_each_filled_cell_in_its_place() -> None:
    filled = np.array([[True, False, False], [False, False, True]])
    fig = plots.filled_cells(filled, title="A finding", xlabel="things", ylabel="users")
    (squares,) = fig.axes[0].collections
    assert squares.get_offsets().tolist() == [[0.5, 0.5], [2.5, 1.5]]
    assert fig.axes[0].get_ylim() == (2, 0)  # the first row is on top
    nothing = plots.filled_cells(np.zeros((2, 2), dtype=bool), title="A finding", xlabel="x", ylabel="y")
    assert len(nothing.axes[0].collections[0].get_offsets()) == 0


def test_places_by_day_say_what_happened_and_point_at_the_chosen_day() -> None:
    fig = plots.places_by_day(
        [1, 2, 3], [0, 2, 1], marked={2: "buys"}, chosen=3, top=4, title="A finding", ylabel="places"
    )
    assert texts(fig) == ["day 2: buys"]
    steps, _, pointer = fig.axes[0].lines
    assert list(steps.get_ydata()) == [0, 2, 1]
    assert pointer.get_marker() == "v"
    assert list(pointer.get_xdata()) == [3]
    assert 1 < pointer.get_ydata()[0] < 2


def test_the_long_tail_is_sorted_and_its_first_tenth_is_hatched() -> None:
    fig = plots.long_tail([1, 50, *[2] * 18], title="A finding", xlabel="films", ylabel="ratings")
    whole, tenth = fig.axes[0].collections
    heights = whole.get_paths()[0].vertices
    assert heights[heights[:, 0] <= 1.5, 1].max() == 50
    assert heights[heights[:, 0] > 2.5, 1].max() == 2
    assert tenth.get_hatch()
    assert not whole.get_hatch()
    assert tenth.get_paths()[0].vertices[:, 0].max() == pytest.approx(2, abs=0.5)


def test_mean_and_range_draws_means_over_the_whole_band() -> None:
    runs = {"one": [[1.0, 3.0], [2.0, 5.0]], "two": [[0.0, 0.0], [0.0, 1.0]]}
    fig = plots.mean_and_range([0, 10], runs, title="A finding", xlabel="ratings", ylabel="error")
    (ax,) = fig.axes
    assert [line.get_ydata().tolist() for line in ax.lines] == [[1.5, 4.0], [0.0, 0.5]]
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    assert ax.lines[0].get_marker() != ax.lines[1].get_marker()
    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (1.0, 5.0)
    assert "mean of 2 runs" in ax.get_legend().get_title().get_text()


def test_learning_curves_differ_in_dashes_and_mark_the_best_epoch() -> None:
    fig = plots.learning_curves([1.0, 0.6, 0.4], [1.1, 0.8, 0.9], title="By heart")
    drawn = {line.get_label(): line for line in fig.axes[0].lines}
    assert drawn["rows learned from"].get_linestyle() == "-"
    assert drawn["rows kept back"].get_linestyle() == "--"
    assert drawn["best epoch: 2"].get_xydata().tolist() == [[2.0, 0.8]]


def test_learning_curves_keep_their_axes_for_a_run_that_leaves_the_chart() -> None:
    fig = plots.learning_curves(
        [1.0, 5.0], [1.1, 5.0], title="Gone", first=0, earlier=[1.1, 0.9, 0.8], limits=(0.2, 1.6), epochs=40
    )
    (ax,) = fig.axes
    assert ax.get_ylim() == (0.2, 1.6)
    assert [text.get_text().strip() for text in ax.texts] == ["▲ off the chart"]
    assert ax.get_xlim()[1] > 40
    drawn = {line.get_label(): line for line in ax.lines}
    assert drawn["best epoch: 0"].get_xydata().tolist() == [[0.0, 1.1]]
    assert drawn["kept back, run before"].get_linestyle() == ":"


def test_the_lines_of_a_line_chart_differ_in_dashes() -> None:
    fig = plots.line_chart([0, 1], {"a": [1, 2], "b": [2, 1]}, title="They cross", xlabel="x", ylabel="y")
    assert [line.get_linestyle() for line in fig.axes[0].lines] == ["-", "--"]


def test_year_bars_stack_the_rows_kept_back_below_the_others() -> None:
    panels = {
        "one way": ([2010.1, 2010.2, 2012.9], [2010.5]),
        "another": ([2010.1], [2012.2, 2012.3, 2012.9]),
    }
    fig = plots.year_bars(panels, ("learned", "kept back"), title="A finding")
    first, second = fig.axes
    assert [ax.get_title(loc="left") for ax in fig.axes] == list(panels)
    above, below = first.containers
    assert [bar.get_height() for bar in above] == [2, 0, 1]
    assert [bar.get_height() for bar in below] == [1, 0, 0]
    assert [bar.get_y() for bar in above] == [1, 0, 0]
    assert all(bar.get_hatch() for bar in below)
    assert not any(bar.get_hatch() for bar in above)
    assert [bar.get_height() for bar in second.containers[1]] == [0, 0, 3]


def test_hot_columns_stand_in_their_block_and_are_marked() -> None:
    blocks = {"user": range(10), "item": range(10, 1010)}
    fig = plots.hot_columns(blocks, [0, 1009], title="A finding")
    assert texts(fig) == ["user: 0 to 9", "item: 10 to 1,009"]
    boxes = [patch.get_bbox() for patch in fig.axes[0].patches]
    marks = [line.get_xdata()[0] for line in fig.axes[0].lines if line.get_marker() == "v"]
    assert len(marks) == 2
    assert boxes[0].x0 < marks[0] < boxes[0].x0 + 0.1
    assert boxes[1].x1 - 0.01 < marks[1] < boxes[1].x1


def test_day_panels_tell_two_curves_apart_by_line_and_mark_every_rebuild() -> None:
    both = {"weekly": [0.9, 0.8, 0.9], "never": [1.0, 1.1, 1.2]}
    fig = plots.day_panels(
        range(3),
        {"RMSE": both, "unseen": {name: [0.1, 0.2, 0.3] for name in both}},
        built=[0, 2],
        arrivals=[1],
        title="It climbs",
    )
    above, below, strip = fig.axes
    assert len(below.lines) == 2  # no mark lies on a curve
    chosen, other = above.lines
    assert chosen.get_linestyle() != other.get_linestyle()
    assert chosen.get_color() != other.get_color()
    assert above.get_ylim()[0] == 0
    assert above.get_ylim()[1] > 1.2
    (marks,) = strip.lines
    assert marks.get_xdata().tolist() == [0, 2]
    assert marks.get_marker() == plots.MARKS["adds"].marker
    assert "▲ a model is built" in strip.get_xlabel()
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["weekly", "never"]


def test_a_job_and_its_bill_name_every_stage_and_mark_the_end_of_the_job() -> None:
    stages = [("Starting", 40.0, False), ("Downloading", 20.0, True), ("Training", 3.5, True)]
    fig = plots.job_and_bill(stages, [0, 0.5, 1, 3], [0, 0, 2, 6], title="It climbs")
    above, below = fig.axes
    bars = [container[0] for container in above.containers]
    assert [(bar.get_x(), bar.get_width()) for bar in bars] == [(0, 40), (40, 20), (60, 3.5)]
    assert len({(bar.get_facecolor(), bar.get_hatch()) for bar in bars}) == 3
    named = [text.get_text() for text in fig.legends[0].get_texts()]
    assert named == ["Starting 40 s, not billed", "Downloading 20 s", "Training 3.5 s"]
    bill, end = below.lines
    assert bill.get_xydata().tolist() == [[0, 0], [0.5, 0], [1, 2], [3, 6]]
    assert end.get_xydata().tolist() == [[1, 2]]
    assert [text.get_text() for text in below.texts] == ["in all $6.00 ", "◆ the job ends"]
    small = plots.job_and_bill(stages, [0, 0, 1, 1], [0, 0, 0.0088, 0.0088], title="It ends")
    assert small.axes[1].texts[0].get_text() == "in all $0.0088 "


def test_number_cells_write_every_number_and_frame_the_marked_one() -> None:
    fig = plots.number_cells(
        [[1.5, -0.25], [0.0, -2.0]],
        ["news", "games"],
        ["shoes", "mowers"],
        title="A finding",
        xlabel="ad",
        ylabel="page",
        marked=[(1, 1)],
    )
    (ax,) = fig.axes
    assert [text.get_text() for text in ax.texts] == ["+1.50", "−0.25", "+0.00", "−2.00"]
    assert [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"] == ["−2.00"]
    cells, frames = ax.patches[:4], ax.patches[4:]
    assert [bool(cell.get_hatch()) for cell in cells] == [False, True, False, True], (
        "signs show without colour"
    )
    assert len(frames) == 1
    assert frames[0].get_xy() == (1, 0)
    with pytest.raises(ValueError, match="must agree"):
        plots.number_cells([[1.0]], ["a"], ["b", "c"], title="", xlabel="", ylabel="")


def test_promise_curves_show_every_group_and_how_far_chance_reaches() -> None:
    table = pd.DataFrame({"rows": [1000, 1000], "predicted": [0.01, 0.04], "observed": [0.01, 0.05]})
    fig = plots.promise_curves(
        {"all rows": table, "sampled": table.assign(predicted=[0.2, 0.5])}, title="A finding"
    )
    (ax,) = fig.axes
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    first = ax.containers[0]
    np.testing.assert_allclose(first[0].get_xydata(), [[0.01, 0.01], [0.04, 0.05]])
    (segments,) = first[2]
    low, high = segments.get_segments()[1][:, 1]
    assert high - 0.05 == pytest.approx(2 * np.sqrt(0.05 * 0.95 / 1000))
    assert low < 0.05
    looks = {(line.get_marker(), line.get_linestyle()) for line, *_ in ax.containers}
    assert len(looks) == 2


def test_promise_curves_take_a_group_without_a_click() -> None:
    table = pd.DataFrame({"rows": [10, 10], "predicted": [0.01, 0.04], "observed": [0.0, 0.1]})
    (ax,) = plots.promise_curves({"all rows": table}, title="A finding").axes
    assert ax.get_xlim()[0] > 0


def test_slot_bars_star_the_best_of_each_method() -> None:
    fig = plots.slot_bars(
        ["a", "b"], {"machine": [900, 1200], "linear": [800, 0]}, title="A finding", xlabel="cents"
    )
    (ax,) = fig.axes
    assert [text.get_text() for text in ax.texts] == ["900", "★ 1,200", "★ 800", "0"]
    assert {bar.get_hatch() for bar in ax.patches} == {None, "///"}


def test_slot_bars_without_any_value_have_no_star() -> None:
    (ax,) = plots.slot_bars(["a", "b"], {"machine": [0, 0], "linear": [0, 0]}, title="", xlabel="").axes
    assert not any("★" in text.get_text() for text in ax.texts)


def test_score_bars_write_every_number_and_say_none_where_there_is_none() -> None:
    fig = plots.score_bars(["a", "b"], {"RMSE": [np.nan, 0.86], "hits": [0.16, 0.08]}, title="A finding")
    left, right = fig.axes
    assert [text.get_text().strip() for text in left.texts] == ["none", "0.86"]
    assert [text.get_text().strip() for text in right.texts] == ["0.16", "0.08"]
    assert left.patches[0].get_hatch() != right.patches[0].get_hatch()
    assert [bar.get_width() for bar in right.patches] == pytest.approx([0.16, 0.08])


def test_slice_dots_has_a_row_for_each_slice_and_a_mark_for_each_contestant() -> None:
    fig = plots.slice_dots(
        ["warm", "cold"], {"biases": [0.8, 0.9], "machine": [0.7, 1.0]}, title="A finding", xlabel="RMSE"
    )
    ax = fig.axes[0]
    marked = {line.get_label(): line for line in ax.lines if line.get_label() in ("biases", "machine")}
    assert [marked[name].get_marker() for name in ("biases", "machine")] == ["s", "o"]
    assert list(marked["machine"].get_xdata()) == [0.7, 1.0]
    assert list(marked["machine"].get_ydata()) == [1, 0]  # the first slice is on top
    assert [label.get_text() for label in ax.get_yticklabels()] == ["warm", "cold"]
