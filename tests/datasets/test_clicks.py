"""The made-up click logs: the same every time, plainly made up, with an effect that takes pairs to see."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets import clicks
from course_utils.datasets.clicks import ADS, PAGES, PLANTED
from course_utils.fm import adam
from course_utils.fm.metrics import evaluate

LEARN = 150_000
SEEDS = range(10)


def one_hot(rows: pd.DataFrame) -> np.ndarray:
    return pd.get_dummies(rows.drop(columns="click", errors="ignore"), dtype=np.float32).to_numpy()


def fit(log: clicks.ClickLog, num_factors: int, seed: int):
    config = adam.AdamConfig(
        num_factors=num_factors,
        predictor_type="binary_classifier",
        epochs=20,
        mini_batch_size=500,
        bias_lr=0.005,
        linear_lr=0.005,
        factors_lr=0.005,
        linear_wd=0.0001,
        factors_wd=0.0001,
        factors_init_sigma=0.1,
    )
    rows = log.rows[: LEARN * len(log.rows) // 200_000]
    return adam.fit(one_hot(rows), rows["click"].to_numpy(), config, seed=seed).params


def held_out_loss(log: clicks.ClickLog, model) -> float:
    rows = log.rows[LEARN:]
    found = evaluate(model, one_hot(rows), rows["click"].to_numpy())
    return found["binary_classification_cross_entropy"]


def left_over(scores: np.ndarray) -> np.ndarray:
    """What page and ad add together, once what each adds alone is taken off; (pages, ads)."""
    return scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0) + scores.mean()


# ------------------------------------------------------------------------------------------------ the ads


@pytest.mark.parametrize("seed", SEEDS)
def test_the_planted_pair_is_found_by_pairs_and_missed_by_columns(seed) -> None:
    log = clicks.ads(seed=seed)
    machine, linear = fit(log, 8, seed), fit(log, 0, seed)
    every = one_hot(log.candidates())
    by_machine, by_columns = (
        model.score(every).reshape(len(PAGES), len(ADS), -1).astype(float) for model in (machine, linear)
    )

    found = left_over(by_machine.mean(axis=2))
    place = np.unravel_index(np.argmax(found), found.shape)
    assert (PAGES[place[0]], ADS[place[1]]) == PLANTED
    assert np.sort(found.ravel())[-1] > 1.25 * np.sort(found.ravel())[-2]

    assert np.abs(left_over(by_columns.mean(axis=2))).max() < 1e-5
    assert len({tuple(np.argsort(scores)) for scores in by_columns[:, :, 20]}) == 1, "one order everywhere"
    games = by_columns[PAGES.index("games")].mean(axis=1)
    assert np.argsort(-games).tolist().index(ADS.index("mowers")) >= 3, "mowers look poor, column by column"
    assert held_out_loss(log, machine) < held_out_loss(log, linear) - 0.0005


def test_about_two_in_a_hundred_are_clicked() -> None:
    for seed in SEEDS:
        assert clicks.ads(seed=seed).rows["click"].mean() == pytest.approx(0.02, abs=0.001)


def test_ads_were_shown_at_random() -> None:
    rows = clicks.ads().rows
    share = pd.crosstab(rows["page"], rows["ad"], normalize="index")
    assert np.abs(share - 1 / len(ADS)).to_numpy().max() < 0.01


def test_clicks_follow_the_rate() -> None:
    log = clicks.ads()
    rate = log.rate(log.rows)
    groups = np.array_split(np.argsort(rate, kind="stable"), 10)
    promised = np.array([rate[own].mean() for own in groups])
    kept = np.array([log.rows["click"].to_numpy()[own].mean() for own in groups])
    assert (np.abs(promised - kept) < 4 * np.sqrt(promised / 20_000)).all()


# -------------------------------------------------------------------------------------------- the articles


@pytest.mark.parametrize("seed", SEEDS)
def test_readers_differ_and_only_pairs_know_it(seed) -> None:
    log = clicks.articles(seed=seed)
    shown = log.candidates(place="app")
    truth = log.rate(shown).reshape(clicks.READERS, -1)
    opened, firsts = {}, {}
    for name, factors in (("linear", 0), ("machine", 8)):
        scores = fit(log, factors, seed).score(one_hot(shown)).reshape(truth.shape)
        first = scores.argmax(axis=1)
        opened[name] = truth[np.arange(len(truth)), first].mean()
        firsts[name] = len(set(first))
    assert firsts["linear"] == 1
    assert firsts["machine"] >= 5
    assert opened["machine"] > 1.2 * opened["linear"]
    assert log.rows["click"].mean() == pytest.approx(0.1, abs=0.02)


# ------------------------------------------------------------------------------------------------ both


@pytest.mark.parametrize("make", [clicks.ads, clicks.articles])
def test_same_seed_same_log_and_it_says_what_it_is(make) -> None:
    first, again, other = make(500, seed=3), make(500, seed=3), make(500, seed=4)
    pd.testing.assert_frame_equal(first.rows, again.rows)
    assert not first.rows.equals(other.rows)
    assert "MADE UP" in first.notice
    assert set(first.rows["click"]) == {0, 1}


@pytest.mark.parametrize("make", [clicks.ads, clicks.articles])
def test_drawing_from_the_same_seed_is_independent_of_the_log(make) -> None:
    rows = make(50_000, seed=5).rows
    draw = np.random.default_rng(5).random(len(rows))
    for name in rows:
        codes = rows[name].cat.codes if name != "click" else rows[name]
        assert abs(np.corrcoef(draw, codes)[0, 1]) < 0.02


def test_candidates_are_every_combination_with_the_columns_of_the_log() -> None:
    log = clicks.ads(100)
    assert len(log.candidates()) == 6 * 6 * 24 * 3
    few = log.candidates(page="games", hour=20, device="phone")
    assert few["ad"].tolist() == list(ADS)
    assert set(few["hour"]) == {20}
    assert list(pd.get_dummies(few)) == list(pd.get_dummies(log.rows.drop(columns="click")))
    with pytest.raises(ValueError, match="no column 'site'"):
        log.candidates(site="a")
    with pytest.raises(ValueError, match="hour has no 24"):
        log.candidates(hour=24)
