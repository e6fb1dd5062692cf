"""The Star Trek lab, driven in process: locked at first, sane at every extreme, readable without a kernel."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from course_utils.learn import reveal
from course_utils.widgets import StarTrekLab, parts
from course_utils.widgets.star_trek import FILMS, USERS, Settings


@pytest.fixture
def lab() -> StarTrekLab:
    return StarTrekLab(question=None)


def set_all(lab: StarTrekLab, stars: int) -> None:
    for picker in lab.ratings.values():
        picker.value = stars


def is_sane(lab: StarTrekLab) -> bool:
    text = " ".join([lab.answer.value, lab.table.value, lab.map.value])
    alts = re.findall(r'<img[^>]*alt="([^"]*)"', lab.map.value)
    return not re.search(r"\bnan\b|\binf\b|None|Traceback", re.sub(r"base64,[^\"]+", "", text)) and all(alts)


# ------------------------------------------------------------------------------------------------ the lock


def test_results_wait_for_a_locked_prediction() -> None:
    lab = StarTrekLab()
    assert not lab.opened
    assert lab.answer.value == lab.map.value == lab.table.value == ""
    lab.seed.value = 3
    assert lab.answer.value == ""
    lab.gate.lock.click()  # nothing chosen yet
    assert not lab.opened
    lab.gate.choice.value = "It rises"
    lab.gate.lock.click()
    assert lab.opened
    assert "Charlie is predicted 4.0 stars" in lab.answer.value
    assert "You predicted: It rises" in lab._said.value


def test_a_revealed_answer_opens_the_lab_as_run_all_does() -> None:
    lab = StarTrekLab()
    reveal("P2.3", 1.8)
    assert lab.opened
    assert StarTrekLab().opened


# ------------------------------------------------------------------------------------------------ reacting


def test_changing_one_rating_changes_sentence_table_and_figure(lab) -> None:
    before = lab.answer.value, lab.table.value, lab.map.value
    lab.ratings["Bob", "Star Trek"].value = 1
    after = lab.answer.value, lab.table.value, lab.map.value
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert "recommend the film to Alice" in lab.answer.value


@pytest.mark.parametrize("knob", ["k", "lambda_w", "lambda_V"])
def test_every_knob_reaches_the_model(lab, knob) -> None:
    before = lab.table.value
    getattr(lab, knob).value = 1 if knob == "k" else 0.0
    assert lab.table.value != before


def test_the_seed_matters_without_regularisation_only(lab) -> None:
    regular = lab.answer.value
    lab.seed.value = 8
    assert lab.answer.value == regular
    lab.lambda_w.value = lab.lambda_V.value = 0.0
    on_top = set()
    for seed in range(10):
        lab.seed.value = seed
        on_top |= set(re.findall(r"film to (\w+)", lab.answer.value))
    assert on_top == {"Alice", "Charlie"}


def test_reset_puts_everything_back(lab) -> None:
    before = lab.describe(), lab.answer.value, lab.map.value
    set_all(lab, 1)
    lab.seed.value, lab.k.value, lab.lambda_w.value, lab.lambda_V.value = 99, 8, 10.0, 0.0
    lab.reset.click()
    assert lab.settings == Settings()
    assert (lab.describe(), lab.answer.value, lab.map.value) == before


# ------------------------------------------------------------------------------------------------ extremes


def test_no_ratings_at_all(lab) -> None:
    set_all(lab, parts.BLANK)
    assert "nothing to learn from" in lab.answer.value
    assert lab.table.value.count("unknown") == 12
    assert lab.map.value == ""
    assert "nothing to learn from" in lab.describe()
    lab.ratings["Alice", "Titanic"].value = 5
    assert lab.map.value.startswith("<img")
    assert is_sane(lab)


@pytest.mark.parametrize("stars", [1, 5])
def test_all_cells_equal(lab, stars) -> None:
    set_all(lab, stars)
    assert "has rated it" in lab.answer.value
    assert "predicted</small>" not in lab.table.value
    assert is_sane(lab)


@pytest.mark.parametrize("cell", [("Alice", "Titanic"), ("Bob", "Star Trek"), ("Charlie", "Star Trek")])
def test_one_rating_alone(lab, cell) -> None:
    set_all(lab, parts.BLANK)
    lab.ratings[cell].value = 2
    assert lab.table.value.count("predicted</small>") == 11
    assert is_sane(lab)


@pytest.mark.parametrize(
    ("seed", "k", "lambda_w", "lambda_V"),
    list(itertools.product([0, 99], [1, 8], [0.0, parts.STRENGTHS[-1]], [0.0, parts.STRENGTHS[-1]])),
)
def test_every_corner_of_the_knobs(lab, seed, k, lambda_w, lambda_V) -> None:
    lab.seed.value, lab.k.value, lab.lambda_w.value, lab.lambda_V.value = seed, k, lambda_w, lambda_V
    assert is_sane(lab)
    assert np.abs([float(x) for x in re.findall(r"<strong>(-?[\d.]+)</strong>", lab.table.value)]).max() < 12


# ---------------------------------------------------------------------------------------------- for everybody


def test_rated_and_predicted_differ_in_words_and_in_frame(lab) -> None:
    assert lab.table.value.count('class="fmc-rated"') == lab.table.value.count("rated, fits") == 7
    assert lab.table.value.count('class="fmc-guess"') == lab.table.value.count(">predicted<") == 5
    assert lab.table.value.count('scope="col"') == len(FILMS)
    assert lab.table.value.count('scope="row"') == len(USERS)


def test_the_twin_says_what_the_widget_says() -> None:
    lab = StarTrekLab()
    bundle = lab._repr_mimebundle_()
    html = bundle["text/html"]
    assert "Bob changes his mind" in html
    folded = html[html.index("<details>") :]
    opened = StarTrekLab(question=None)
    for bobs_star_trek in (5, 1):
        opened.ratings["Bob", "Star Trek"].value = bobs_star_trek
        for part in (opened.answer.value, opened.table.value, opened.map.value):
            assert part in folded
    assert "4.0?" in bundle["text/plain"]


def test_everybody_can_use_it(lab, owe_everybody) -> None:
    owe_everybody(lab, controls=12 + 4)
    assert {picker.description for picker in lab.ratings.values()} == {
        f"{user} rates {film}" for user in USERS for film in FILMS
    }
