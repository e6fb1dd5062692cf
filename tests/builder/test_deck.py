from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils.build import deck
from course_utils.build.editions import make
from course_utils.build.source import read
from course_utils.learn import look


def dealt(*cells):
    """The deck of some cells: one list of (kind of slide, source) for each slide."""
    slides = []
    for cell in deck.deal(new_notebook(cells=list(cells))).cells:
        kind = cell.metadata.slideshow.slide_type
        if kind in ("slide", "subslide"):
            slides.append([])
        slides[-1].append((kind, cell.source))
    return slides


def notes(text):
    return new_markdown_cell(text, metadata={"slideshow": {"slide_type": "notes"}})


def printed(code, lines):
    return new_code_cell(code, outputs=[new_output("stream", text="line\n" * lines)])


def test_headings_begin_columns_and_steps_follow_below():
    assert dealt(new_markdown_cell("# Title\n\nWords.\n\n## Part\n\nMore.\n\n### Step\n\nEnd.")) == [
        [("slide", "# Title"), ("-", "Words.")],
        [("slide", "## Part"), ("-", "More.")],
        [("subslide", "### Step"), ("-", "End.")],
    ]


def test_what_does_not_fit_goes_to_the_next_slide_with_its_heading():
    long = "word " * 150
    slides = dealt(
        new_markdown_cell(f"## Part\n\n{long}\n\n{long}\n\n**E1.1** Do it."), printed("f()\n" * 12, 1)
    )
    assert [kind for slide in slides for kind, _ in slide] == ["slide", "-", "subslide", "subslide", "-"]
    assert [source[:5] for _, source in slides[-1]] == ["**E1.", "f()\nf"]


def test_input_and_output_part_when_they_do_not_fit_together():
    deck_ = deck.deal(new_notebook(cells=[new_markdown_cell("## Part"), printed("f()\n" * 14, 20)]))
    code, output = deck_.cells[1:]
    assert (code.source.count("f()"), code.outputs) == (14, [])
    assert (output.source, len(output.outputs)) == ("", 1)
    assert output.metadata.transient.remove_source


def test_notes_belong_to_all_slides_since_the_notes_before():
    slides = dealt(
        new_markdown_cell("## Part\n\n### One\n\n### Two"),
        notes("early"),
        new_markdown_cell("### Three"),
        notes("late"),
        new_markdown_cell("## Next"),
    )
    assert [[source for kind, source in slide if source in ("early", "late")] for slide in slides] == [
        ["early"],
        ["early"],
        ["late"],
        [],
    ]


def test_an_exercise_shows_its_stub_before_its_solution(source_dir):
    notebook = make(read(source_dir / "97_square.py"), "slides")
    sources = [cell.source for cell in deck.deal(notebook).cells]
    stub = sources.index('side = ...\nprint("side", side)')
    assert sources[stub + 1] == 'side = 4\nprint("side", side)'
    kinds = [cell.metadata.slideshow.slide_type for cell in deck.deal(notebook).cells]
    assert kinds[stub + 1] == "subslide"


def test_what_was_revealed_is_not_beside_its_question():
    asked = new_code_cell('predict("P1.1")', outputs=[new_output("display_data", {"text/html": "<p>?</p>"})])
    said = "<p>What happened · P1.1</p>"
    answer = new_code_cell('reveal("P1.1", 7)', outputs=[new_output("display_data", {"text/html": said})])
    made = deck.deal(new_notebook(cells=[new_markdown_cell("## Part"), asked, answer])).cells
    assert [cell.metadata.slideshow.slide_type for cell in made] == ["slide", "-", "subslide"]
    assert made[-1].outputs[0].data["text/html"] == said


def test_what_gives_a_prediction_away_is_not_beside_it():
    card = {"text/html": "<p><strong>Predict first · P1.1</strong></p>"}
    asked = new_code_cell('predict("P1.1")', outputs=[new_output("display_data", card)])
    counted = new_code_cell("print(7)", outputs=[new_output("stream", text="7")])
    made = deck.deal(new_notebook(cells=[new_markdown_cell("## Part"), asked, counted])).cells
    assert [cell.metadata.slideshow.slide_type for cell in made] == ["slide", "-", "subslide"]


@pytest.mark.parametrize(
    ("code", "frame"),
    [
        ('predict("P1.1")', True),
        ("from course_utils.widgets import AdSlot\n\nAdSlot()", True),
        ('fig = plot(x)\nshow(fig, alt="A line")', True),
        ("print(3)", False),
        ('x = 3\nreveal("P1.1", x)', False),
        ('def one(): ...\ncheck("E1.1", one)', False),
        ("%timeit f()", False),
    ],
)
def test_code_that_only_frames_its_output_is_left_out(code, frame):
    assert deck.is_frame(code) is frame


def test_the_questions_of_a_quiz_come_apart():
    page = look.card("ask", "Q1", "<p>a</p>") + look.card("ask", "Q2", "<p>b</p>")
    first, second = deck.cards(new_output("display_data", {"text/html": page}))
    assert "Q1" in first.data["text/html"]
    assert "Q2" not in first.data["text/html"]
    assert second.data["text/html"].startswith(look.STYLE)
    one = new_output("display_data", {"text/html": "<p>plain</p>"})
    assert deck.cards(one) == [one]


def test_blocks_leave_fences_and_formulas_whole():
    text = "a\nb\n\n```py\nx = 1\n\ny = 2\n```\n\n$$\na\n\nb\n$$\n## Head\nwords"
    assert deck.blocks(text) == [
        "a\nb",
        "```py\nx = 1\n\ny = 2\n```",
        "$$\na\n\nb\n$$",
        "## Head",
        "words",
    ]


def test_a_deck_is_a_notebook_with_its_title():
    made = deck.deal(new_notebook(cells=[new_markdown_cell("# Build a `machine`"), notes("n")]))
    assert made.metadata.title == "Build a machine"
    nbformat.validate(made)
