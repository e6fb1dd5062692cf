"""The job timeline: stages and bills by hand, words for every case, and sane extremes."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest

from course_utils.learn import reveal
from course_utils.widgets import JobTimeline, job_timeline
from course_utils.widgets.job_timeline import HOURS, MINUTES, PRICES, PUBLISHED, Bill, Stage
from course_utils.widgets.job_timeline_lab import KNOWN, RAN, WHAT_IF

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def described(*, seconds=(40, 10.5, 20, 0.2), end="Completed") -> dict:
    """A DescribeTrainingJob reply, as far as the timeline reads it."""
    moment, transitions = START, []
    for name, length in zip(("Starting", "Downloading", "Training", "Uploading"), seconds, strict=True):
        after = moment + timedelta(seconds=length)
        transitions.append({"Status": name, "StartTime": moment, "EndTime": after})
        moment = after
    transitions.append({"Status": end, "StartTime": moment, "EndTime": moment})
    return {
        "SecondaryStatusTransitions": transitions,
        "TrainingStartTime": START + timedelta(seconds=seconds[0]),
        "TrainingEndTime": moment,
    }


def results(timeline: JobTimeline) -> str:
    html = timeline.answer.value + timeline.table.value + timeline.chart.value
    return re.sub(r"base64,[^\"]+|<style>.*?</style>", "", html, flags=re.DOTALL)


# ------------------------------------------------------------------------------------------------ computing


def test_stages_are_read_from_the_description_and_starting_is_free() -> None:
    stages = job_timeline.stages(described())
    assert [(stage.name, stage.billed) for stage in stages] == [
        ("Starting", False),
        ("Downloading", True),
        ("Training", True),
        ("Uploading", True),
    ]
    assert [stage.seconds for stage in stages] == pytest.approx([40, 10.5, 20, 0.2])
    assert job_timeline.billed_seconds(stages) == 31  # whole seconds: 30.7 rounded up


@pytest.mark.parametrize("seconds", [-0.5, 0, 0.5])
def test_a_meter_that_starts_a_moment_early_or_late_bills_the_same_stages(seconds) -> None:
    job = described()
    job["TrainingStartTime"] += timedelta(seconds=seconds)
    assert [stage.billed for stage in job_timeline.stages(job)] == [False, True, True, True]


@pytest.mark.parametrize("end", ["Stopped", "MaxRuntimeExceeded"])
def test_a_job_that_was_stopped_has_no_stage_of_that_name(end) -> None:
    assert len(job_timeline.stages(described(end=end))) == 4


def test_the_public_job_adds_up_to_what_its_log_says() -> None:
    """Sent 21:26:16, done 21:31:34, 274 seconds of training; the algorithm's own 28 seconds lie within."""
    assert sum(stage.seconds for stage in PUBLISHED) == 318
    assert job_timeline.billed_seconds(PUBLISHED) == 274
    assert PUBLISHED[-1].seconds > job_timeline.PUBLISHED_WORK


def test_a_bill_by_hand() -> None:
    job = (Stage("Starting", 600, False), Stage("Training", 1800, True))
    cost = job_timeline.bill(job, machines=4, price=0.5, hours=10, endpoint_price=0.1)
    assert (cost.training, cost.endpoint, cost.total) == pytest.approx((1.0, 1.0, 2.0))
    when, by_then = job_timeline.meter(job, cost, 10)
    assert when == pytest.approx([0, 1 / 6, 2 / 3, 10 + 2 / 3])
    assert by_then == pytest.approx([0, 0, 1.0, 2.0])


def test_the_what_if_changes_training_alone() -> None:
    longer = job_timeline.training_for(3600)
    assert [stage.seconds for stage in longer] == [44, 216, 3600]


@pytest.mark.parametrize(
    ("cost", "says"),
    [
        (Bill(0.01, 0), "ends with the job"),
        (Bill(0.01, 4), "The endpoint costs 400 times the training"),
        (Bill(1, 1.5), "The endpoint costs 1.5 times the training"),
        (Bill(3, 1), "The training costs 3.0 times the endpoint"),
        (Bill(0, 1), "The endpoint costs more than the training"),
    ],
)
def test_the_larger_part_is_named(cost, says) -> None:
    assert says in job_timeline.finding(cost)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "$0.00"),
        (3.584, "$3.58"),
        (0.00875, "$0.0088"),
        (1234.5, "$1,234.50"),
        (1e-6, "less than $0.0001"),
    ],
)
def test_dollars_in_words(amount, words) -> None:
    assert job_timeline.dollars(amount) == words


# ------------------------------------------------------------------------------------------------ the widget


def test_results_wait_for_a_locked_prediction() -> None:
    timeline = JobTimeline(described())
    timeline.hours.value = 720
    assert timeline.answer.value == timeline.chart.value == timeline.table.value == ""
    timeline.gate.choice.value = timeline.gate.choice.options[0]
    timeline.gate.lock.click()
    assert timeline.opened
    assert "720 hours" in timeline.answer.value


def test_a_revealed_answer_opens_it_as_run_all_does() -> None:
    timeline = JobTimeline()
    reveal("P9.3", 409)
    assert timeline.opened


def test_it_opens_on_the_weekend_of_the_prediction() -> None:
    timeline = JobTimeline(described(), question=None)
    assert timeline.job.value == KNOWN
    assert "274 billed seconds on 1 machine cost $0.0088" in timeline.answer.value
    assert "64 hours cost $3.58. The endpoint costs 409 times the training" in timeline.answer.value


def test_your_own_job_is_offered_when_there_is_one() -> None:
    assert RAN not in JobTimeline(question=None).job.options
    timeline = JobTimeline(described(), question=None)
    timeline.job.value = RAN
    assert "31 billed seconds" in timeline.answer.value
    assert "Uploading" in timeline.table.value


def test_minutes_ask_what_if_by_themselves() -> None:
    timeline = JobTimeline(question=None)
    timeline.minutes.value = 60
    assert timeline.job.value == WHAT_IF
    assert f"{216 + 3600:,} billed seconds" in timeline.answer.value


def test_another_machine_brings_its_price_and_the_price_can_be_changed() -> None:
    timeline = JobTimeline(question=None)
    timeline.kind.value = "ml.p3.2xlarge"
    assert timeline.price.value == PRICES["ml.p3.2xlarge"]
    timeline.price.value = 36.0
    assert "cost $2.74." in timeline.answer.value
    timeline.endpoint_price.value = 1.0
    assert "64 hours cost $64.00" in timeline.answer.value


def test_every_control_reaches_the_bill() -> None:
    timeline = JobTimeline(described(), question=None)
    changes = {"job": RAN, "minutes": 30, "kind": "ml.m5.xlarge", "price": 5, "machines": 3, "hours": 8}
    for knob, value in {**changes, "endpoint_price": 2}.items():
        before = timeline.answer.value, timeline.chart.value, timeline.table.value
        getattr(timeline, knob).value = value
        after = timeline.answer.value, timeline.chart.value, timeline.table.value
        assert all(new != old for new, old in zip(after, before, strict=True)), knob


@pytest.mark.parametrize(
    ("minutes", "price", "hours"),
    list(itertools.product([MINUTES[0], MINUTES[-1]], [0, 1000], [HOURS[0], HOURS[-1]])),
)
def test_every_corner(minutes, price, hours) -> None:
    machines, endpoint_price = (1 if minutes == MINUTES[0] else 16), price
    timeline = JobTimeline(question=None)
    timeline.minutes.value, timeline.machines.value, timeline.price.value = minutes, machines, price
    timeline.hours.value, timeline.endpoint_price.value = hours, endpoint_price
    text = results(timeline)
    assert not re.search(r"\bnan\b|\binf\b|None|Traceback", text)
    total = (216 + 60 * minutes) / 3600 * machines * price + hours * endpoint_price
    assert f">{job_timeline.dollars(total)}<" in text
    assert re.search(r'alt="[^"]{40,}"', text)


def test_prices_are_called_assumed_and_dated_and_the_twin_holds_the_opening() -> None:
    timeline = JobTimeline(described(), question=None)
    assert "Assumed prices (us-east-1, 2025)" in timeline.table.value
    twin = timeline._repr_mimebundle_()
    for shown in (timeline.answer.value, timeline.table.value, timeline.chart.value):
        assert shown in twin["text/html"]
    assert "409 times" in twin["text/plain"]


def test_everybody_can_use_it(owe_everybody) -> None:
    owe_everybody(JobTimeline(question=None), controls=7)
