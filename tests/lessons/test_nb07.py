"""Lesson 07 is true: its checks, what its prose claims over ten logs, and the numbers that it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_utils.build.editions import make
from course_utils.build.source import read
from course_utils.datasets import clicks
from course_utils.evaluate import calibration_error, log_loss, reliability
from course_utils.fm import adam
from course_utils.fm.model import FMParameters
from course_utils.learn import lesson
from course_utils.learn.checks import judge
from course_utils.widgets import ad_slot
from course_utils.widgets.ad_slot import BIDS, LEARN, SETTINGS

SOURCE = Path(__file__).parents[2] / "notebooks" / "source" / "07_ad_clicks.py"
LESSON = lesson(7)
TASKS = {task.id: task for task in LESSON.exercises}
CODE = [cell.source for cell in make(read(SOURCE), "solved").cells if cell.cell_type == "code"]
SEEDS = range(10)


def cell(text: str) -> str:
    """The solved lesson's first code cell with this text."""
    return next(code for code in CODE if text in code)


# ------------------------------------------------------------------------------------------------ the checks


def solved(task) -> object:
    names: dict = {"np": np, "pd": pd}
    exec(task.solution, names)
    return next(value for name, value in names.items() if name not in ("__builtins__", "np", "pd"))


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_solution_passes(task) -> None:
    assert judge(task, solved(task)).outcome == "passed"


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize("answer", ["mowers", 7, [], {}, lambda *_: 1, lambda *_: "x", float("nan")])
def test_strange_answers_get_words(task, answer) -> None:
    assert judge(task, answer).outcome == "not yet"


def test_other_right_answers_pass() -> None:
    other = {
        "E7.1": lambda y, score: np.mean(np.logaddexp(0, score) - y * score),
        "E7.2": lambda s: (s - s.mean(0)) - (s - s.mean(0)).mean(axis=1, keepdims=True),
        "E7.3": lambda replies: np.sum([reply["score"] for reply in replies]),
        "E7.4": lambda y, rate, groups=10: reliability(y, rate, groups, by="rows").rename(
            columns={"predicted": "promised"}
        ),
        "E7.5": lambda rates, bids: tuple(sorted(rates, key=lambda ad: -rates[ad] * bids[ad])),
        "E7.6": lambda rates: {reader: row.idxmax() for reader, row in rates.iterrows()},
    }
    assert {name: judge(TASKS[name], answer).outcome for name, answer in other.items()} == dict.fromkeys(
        TASKS, "passed"
    )


# ------------------------------------------------------------------------- claims of the prose, ten logs each


def one_hot(rows: pd.DataFrame) -> np.ndarray:
    return pd.get_dummies(rows.drop(columns="click", errors="ignore"), dtype=np.float32).to_numpy()


def train(rows: pd.DataFrame, num_factors: int, seed: int, **changes) -> FMParameters:
    config = adam.AdamConfig(num_factors=num_factors, **{**SETTINGS, **changes})
    return adam.fit(one_hot(rows), rows["click"].to_numpy(), config, seed=seed).params


@dataclass(frozen=True, eq=False)
class Log:
    """One made-up log, and the models of the lesson trained on it."""

    log: clicks.ClickLog
    linear: FMParameters
    machine: FMParameters
    sampled: FMParameters

    @property
    def kept_back(self) -> pd.DataFrame:
        return self.log.rows[LEARN:]

    def earns(self, worth: np.ndarray) -> float:
        """True cents per 1,000 impressions, if the ad of highest worth gets each slot."""
        shape = len(clicks.PAGES), len(clicks.ADS), -1
        true = (self.log.rate(self.log.candidates()) * self.bids()).reshape(shape)
        winner = worth.reshape(shape).argmax(axis=1)
        return 1000 * float(np.take_along_axis(true, winner[:, None], axis=1).mean())

    def bids(self) -> np.ndarray:
        return self.log.candidates()["ad"].map(BIDS).to_numpy(dtype=float)


@lru_cache(maxsize=len(SEEDS))
def ads(seed: int) -> Log:
    log = clicks.ads(seed=seed)
    learn = log.rows[:LEARN]
    drawn = np.random.default_rng(seed).random(LEARN) < 1 / 20
    few = learn[(learn["click"] == 1) | drawn]
    return Log(log, train(learn, 0, seed), train(learn, 8, seed), train(few, 8, seed, mini_batch_size=100))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ladder_of_log_loss(seed) -> None:
    found = ads(seed)
    y, rows = found.kept_back["click"].to_numpy(), one_hot(found.kept_back)
    base = found.log.rows["click"][:LEARN].mean()
    steps = [
        log_loss(y, np.full(len(y), base)),
        log_loss(y, found.linear.predict(rows)),
        log_loss(y, found.machine.predict(rows)),
        log_loss(y, found.log.rate(found.kept_back)),
    ]
    assert steps == sorted(steps, reverse=True)
    assert (steps[0] - steps[2]) > 1.5 * (steps[0] - steps[1]), "pairs are worth more than columns"


@pytest.mark.parametrize("seed", SEEDS)
def test_no_label_is_1_and_rates_add_up(seed) -> None:
    found = ads(seed)
    rate, y = found.machine.predict(one_hot(found.kept_back)), found.kept_back["click"].to_numpy()
    assert rate.max() < 0.3
    assert rate.sum() == pytest.approx(y.sum(), rel=0.12)


@pytest.mark.parametrize("seed", SEEDS)
def test_promises_are_kept_until_rows_are_sampled_and_again_when_repaired(seed) -> None:
    found = ads(seed)
    rows, y = one_hot(found.kept_back), found.kept_back["click"].to_numpy()
    rate, bold = (model.predict(rows).astype(float) for model in (found.machine, found.sampled))
    repaired = bold / (bold + 20 * (1 - bold))
    tenths = reliability(y, rate, by="rows")
    assert (tenths["observed"].iloc[-3:].mean()) > 2 * tenths["observed"].iloc[:3].mean()
    assert np.abs(tenths["predicted"] - tenths["observed"]).max() < 0.015
    assert 0.22 < bold.mean() < 0.34
    assert bold.mean() > 10 * y.mean()
    assert repaired.mean() == pytest.approx(y.mean(), rel=0.2)
    assert calibration_error(y, bold) > 20 * calibration_error(y, repaired)
    by_width = reliability(y, rate)["rows"]
    assert by_width.iloc[0] > 0.98 * len(y), "groups of equal width hide everything"


@pytest.mark.parametrize("seed", SEEDS)
def test_rate_times_bid_earns_most_and_the_rates_must_be_right(seed) -> None:
    found = ads(seed)
    every, bids = one_hot(found.log.candidates()), found.bids()
    rates = {
        name: getattr(found, name).predict(every).astype(float) for name in ("linear", "machine", "sampled")
    }
    bold = rates["sampled"]
    earned = {name: found.earns(rate * bids) for name, rate in rates.items()}
    others = [found.earns(bids), found.earns(rates["machine"]), earned["linear"]]
    assert earned["machine"] > 1.01 * max(others)
    assert earned["machine"] <= found.earns(found.log.rate(found.log.candidates()) * bids)
    assert earned["sampled"] < earned["machine"]
    assert earned["sampled"] < found.earns(bold / (bold + 20 * (1 - bold)) * bids) + 5  # cents


def test_the_repair_of_sampled_rates_earns_more_on_nearly_every_log() -> None:
    better = 0
    for seed in SEEDS:
        found = ads(seed)
        bold = found.sampled.predict(one_hot(found.log.candidates())).astype(float)
        repaired = bold / (bold + 20 * (1 - bold))
        better += found.earns(repaired * found.bids()) > found.earns(bold * found.bids())
    assert better >= 8


def planted_pair(log: clicks.ClickLog, score: np.ndarray) -> float:
    """What mowers and games pages add together."""
    table = log.candidates().assign(score=score).pivot_table("score", "page", "ad", observed=True)
    own = table.loc["games"].mean() + table["mowers"].mean() - table.to_numpy().mean()
    return table.loc["games", "mowers"] - own


@pytest.mark.parametrize("seed", SEEDS)
def test_weight_decay_makes_the_planted_pair_smaller(seed) -> None:
    log = ads(seed).log
    every = log.candidates()
    free = train(log.rows[:LEARN], 8, seed, linear_wd=0.0, factors_wd=0.0)
    true, shrunk, unshrunk = (
        planted_pair(log, score.astype(float))
        for score in (
            np.log(log.rate(every) / (1 - log.rate(every))),
            ads(seed).machine.score(one_hot(every)),
            free.score(one_hot(every)),
        )
    )
    assert shrunk < unshrunk - 0.05
    assert shrunk < true


def test_planted_pair_and_readers_are_tested_with_the_logs() -> None:
    """tests/datasets/test_clicks.py holds both over ten seeds, with the settings of this lesson."""
    text = (SOURCE.parents[2] / "tests/datasets/test_clicks.py").read_text(encoding="utf-8")
    assert "epochs=20" in text
    assert SETTINGS["epochs"] == 20


def test_the_slot_and_the_text_use_the_same_numbers() -> None:
    names: dict = {}
    exec(cell("SETTINGS = {"), names)
    assert names["SETTINGS"] == SETTINGS
    exec(re.search(r"BIDS = \{.*?\}", cell("BIDS = {"), re.DOTALL)[0], names)
    assert names["BIDS"] == BIDS
    stem = next(asked.stem for asked in LESSON.predictions if asked.id == "P7.5")
    assert all(f"{ad} {bid}" in stem for ad, bid in BIDS.items())
    assert "games page, eight in the evening, a phone" in stem
    assert (ad_slot.Slot().page, ad_slot.Slot().hour, ad_slot.Slot().device) == ("games", 20, "phone")


def test_the_surprise_of_the_slot_holds_for_most_logs() -> None:
    """Mowers are clicked most, headsets win: true by the truth, and by the machine on nearly every log."""
    place = clicks.ADS.index
    agree = 0
    for seed in SEEDS:
        found = ads(seed)
        slots = found.log.candidates(page="games", hour=20, device="phone")
        bids = np.array(list(BIDS.values()))
        rate = found.machine.predict(one_hot(slots))
        agree += rate.argmax() == place("mowers") and (rate * bids).argmax() == place("headsets")
        true = found.log.rate(slots)
        assert true.argmax() == place("mowers")
        assert (true * bids).argmax() == place("headsets")
    assert agree >= 8


# ------------------------------------------------------------------------------------------------ the text


def test_it_says_that_the_log_is_made_up() -> None:
    assert "notice(log)" in CODE[0]
    text = SOURCE.read_text(encoding="utf-8")
    assert text.count("made up") >= 3
