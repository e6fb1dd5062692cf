"""The scale dial, driven in process: slopes as measured, every control to its ends, its static twin."""

from __future__ import annotations

import re

import pytest

from course_utils.paths import ROOT
from course_utils.widgets import ScaleDial, scale_dial
from course_utils.widgets.scale_dial import FACTORS, INSTANCES, MACHINES, OURS, RATINGS, SAGEMAKER, Plan, Shop


@pytest.fixture
def dial() -> ScaleDial:
    return ScaleDial(question=None)


def results(dial: ScaleDial) -> tuple[str, str, str]:
    return dial.answer.value, dial.table.value, dial.chart.value


def measured(row: str, column: int) -> float:
    """A number of the benchmark's result file."""
    text = (ROOT / "benchmarks/results/shards.md").read_text(encoding="utf-8")
    cells = re.search(rf"\| {re.escape(row)} \| (.*) \|", text)[1].split(" | ")
    return float(cells[column].replace(",", ""))


# ------------------------------------------------------------------------------------------------ computing


@pytest.mark.parametrize("k", FACTORS)
def test_slopes_are_those_of_the_largest_table_measured(k) -> None:
    assert scale_dial.PASS_MS[k] == pytest.approx(measured(f"training pass, k = {k}", 2), abs=0.05)
    assert scale_dial.SCORE_MS[k] == pytest.approx(measured(f"score rows, k = {k}", 2), abs=0.05)
    assert scale_dial.NEAREST_MS[k] == pytest.approx(measured(f"nearest films, k = {k}", 2), abs=0.05)


def test_cutting_takes_what_spark_took() -> None:
    spark = "25,000,095 | Spark, local mode, 2 cores"
    assert pytest.approx(measured(spark, 1), abs=0.5) == scale_dial.CUT_MS


def test_hours_and_dollars_by_hand() -> None:
    plan = Plan(factors=8, machines=4, instance="ml.m5.xlarge")
    found = scale_dial.estimate(Shop(100_000_000), plan)
    assert found.hours["train"] == pytest.approx(30 * 100 * scale_dial.PASS_MS[8] / 1000 / 4 / 3600)
    assert found.hours["cut into shards"] == pytest.approx(100 * scale_dial.CUT_MS / 1000 / 8 / 3600)
    assert found.total == pytest.approx(sum(found.hours.values()))
    assert found.dollars == pytest.approx(found.total * 4 * INSTANCES["ml.m5.xlarge"].price)
    assert found.rows_gb == pytest.approx(100e6 * 24 / 4 / 1e9)
    assert found.model_gb == pytest.approx((100_000_000 // 154 + 59_047) * 9 * 12 / 1e9)


def test_at_sagemakers_speed_the_log_counts_and_not_our_slope() -> None:
    shop = Shop(1_000_000_000)
    slow, fast = (scale_dial.estimate(shop, Plan(speed=speed)).hours["train"] for speed in (SAGEMAKER, OURS))
    assert slow == pytest.approx(30e9 / scale_dial.SAGEMAKER_ROWS / 3600)
    assert slow > fast


def test_a_second_machine_halves_the_rows_and_not_the_model() -> None:
    one, two = (
        scale_dial.estimate(Shop(1_000_000_000), Plan(64, machines, speed=SAGEMAKER)) for machines in (1, 2)
    )
    assert two.rows_gb == pytest.approx(one.rows_gb / 2)
    assert two.model_gb == one.model_gb
    assert two.dollars == pytest.approx(one.dollars)


@pytest.mark.parametrize(
    ("hours", "words"), [(0.001, "3.6 s"), (0.5, "30 min"), (12.3, "12 h"), (72, "3 days")]
)
def test_time_in_words(hours, words) -> None:
    assert scale_dial.time_in_words(hours) == words


def test_memory_says_which_of_two_cures_helps() -> None:
    shop = Shop(10_000_000_000)
    assert "Do not count on more machines" in scale_dial.advice(shop, Plan(64, 32))
    assert "More machines help here" in scale_dial.advice(Shop(1_000_000_000), Plan(8, 1))
    assert "you may not need any of this" in scale_dial.advice(Shop(100_000), Plan())


# ------------------------------------------------------------------------------------------------ the dial


def test_everybody_can_use_it(dial, owe_everybody) -> None:
    owe_everybody(dial, controls=5)


def test_every_control_changes_what_is_shown(dial) -> None:
    before = results(dial)
    for control in (dial.ratings, dial.machines, dial.factors, dial.instance, dial.speed):
        start = control.value
        control.value = next(value for _, value in _choices(control) if value != start)
        assert results(dial) != before
        control.value = start
        assert results(dial) == before


def _choices(control) -> list[tuple[str, object]]:
    return [each if isinstance(each, tuple) else (each, each) for each in control.options]


def test_sane_at_the_ends(dial) -> None:
    for ratings in (RATINGS[0], RATINGS[-1]):
        for machines in (MACHINES[0], MACHINES[-1]):
            for factors in (FACTORS[0], FACTORS[-1]):
                for speed in scale_dial.SPEEDS:
                    dial.ratings.value, dial.machines.value = ratings, machines
                    dial.factors.value, dial.speed.value = factors, speed
                    text = " ".join(results(dial)[:2])
                    assert not re.search(r"\bnan\b|\binf\b|None|Traceback|e[+-]\d", text)
                    assert f"{ratings:,} ratings" in text


def test_a_title_never_promises_what_memory_forbids(dial) -> None:
    dial.ratings.value, dial.factors.value = RATINGS[-1], 64
    assert scale_dial.title(*dial.chosen) == "This plan stops: a machine's memory is too small"
    assert "STOP" in dial.answer.value


def test_without_a_kernel_three_sizes_are_told(dial) -> None:
    page = dial._repr_mimebundle_()["text/html"]
    for ratings in ("25,000,000", "1,000,000,000", "10,000,000,000"):
        assert f"{ratings} ratings" in page
