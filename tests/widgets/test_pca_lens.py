"""The PCA lens: SVD, PCA and the machine on one small table, sane in every setting."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from course_utils.learn import reveal
from course_utils.widgets import PCALens, pca_lens
from course_utils.widgets.pca_lens import METHODS, READINGS, UNKNOWN, ZERO


def test_low_rank_is_the_best_and_pca_takes_means_off() -> None:
    grid = np.random.default_rng(3).normal(size=(5, 4))
    errors = [np.linalg.norm(grid - pca_lens.low_rank(grid, k)) for k in (1, 2, 3, 4)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] == pytest.approx(0, abs=1e-12)
    sizes = np.linalg.svd(grid, compute_uv=False)
    assert errors[1] == pytest.approx(np.sqrt((sizes[2:] ** 2).sum()))
    centred = pca_lens.low_rank(grid, 1, centred=True)
    np.testing.assert_allclose(centred.mean(axis=0), grid.mean(axis=0))
    with pytest.raises(ValueError, match="every cell"):
        pca_lens.low_rank([[1, np.nan]], 1)


def test_blanks_left_unknown_silence_svd_and_not_the_machine() -> None:
    seen = pca_lens.view("SVD", UNKNOWN, 2)
    assert seen.by_table is None
    assert np.isfinite(seen.by_machine).all()
    assert "SVD says nothing" in pca_lens.answer("SVD", UNKNOWN, 2)


def test_results_wait_for_a_locked_prediction() -> None:
    lens = PCALens()
    lens.k.value = 2
    assert lens.answer.value == lens.tables.value == lens.chart.value == ""
    lens.gate.choice.value = lens.gate.choice.options[2]
    lens.gate.lock.click()
    assert lens.opened
    assert "SVD says 2.1" in lens.answer.value


def test_a_revealed_answer_opens_the_lens_as_run_all_does() -> None:
    lens = PCALens()
    reveal("P3.5", 0.0)
    assert lens.opened


@pytest.mark.parametrize(("method", "reading", "k"), list(itertools.product(METHODS, READINGS, [1, 2, 3])))
def test_every_setting_is_sane(method, reading, k) -> None:
    lens = PCALens(question=None)
    lens.method.value, lens.reading.value, lens.k.value = method, reading, k
    text = re.sub(
        r"base64,[^\"]+|<style>.*?</style>", "", lens.answer.value + lens.tables.value + lens.chart.value
    )
    assert not re.search(r"\bnan\b|\binf\b|None|Traceback", text)
    assert text.count("<table") == (2 if reading == ZERO else 1)
    assert text.count(">predicted<") == 5 * text.count("<table")
    assert re.search(r'alt="[^"]{40,}"', text)
    assert "-0.0" not in text


def test_every_control_changes_what_is_shown() -> None:
    lens = PCALens(question=None)
    for knob, value in (("k", 2), ("method", "PCA"), ("reading", UNKNOWN)):
        before = lens.answer.value, lens.tables.value, lens.chart.value
        getattr(lens, knob).value = value
        after = lens.answer.value, lens.tables.value, lens.chart.value
        assert all(old != new for old, new in zip(before, after, strict=True))


def test_the_twin_says_what_the_widget_says() -> None:
    lens = PCALens(question=None)
    twin = lens._repr_mimebundle_()["text/html"]
    for part in (lens.answer.value, lens.tables.value, lens.chart.value):
        assert part in twin


def test_everybody_can_use_it(owe_everybody) -> None:
    owe_everybody(PCALens(question=None), controls=3)
