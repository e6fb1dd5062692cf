"""Strategies: what they try, in which order, and that Bayesian search finds more than chance does."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from threadpoolctl import threadpool_limits

from course_utils.local_aws.tuning.bayesian import GaussianProcess
from course_utils.local_aws.tuning.ranges import (
    LINEAR,
    LOGARITHMIC,
    Categorical,
    Continuous,
    Integer,
    Space,
)
from course_utils.local_aws.tuning.strategies import (
    STRATEGIES,
    Trial,
    bayesian_search,
    grid_search,
    random_search,
)

SEEDS = range(10)
SMALL = Space([Integer("k", 1, 4, LINEAR), Categorical("c", ("x", "y", "z"))])


@pytest.fixture(autouse=True)
def _one_thread():
    """Matrices as small as these gain nothing from several threads."""
    with threadpool_limits(1):
        yield


def search(strategy, space, loss, seed, budget=15, parallel=1):
    """All trials of one tuning job whose training jobs are the function ``loss``."""
    trials: list[Trial] = []
    while len(trials) < budget:
        running: list[Trial] = []
        for _ in range(min(parallel, budget - len(trials))):
            parameters = strategy(space, [*trials, *running], seed)
            running.append(Trial(parameters, pending=True))
        trials += [Trial(each.parameters, loss(each.parameters)) for each in running]
    return trials


def branin(values):
    x, y = float(values["x"]), float(values["y"])
    valley = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def rates(values):
    return (math.log10(float(values["lr"])) + 2.3) ** 2 + 0.3 * (math.log10(float(values["wd"])) + 4) ** 2


def mixed(values):
    start = {"normal": 0.0, "uniform": 0.4, "constant": 0.9}[values["method"]]
    return start + ((int(values["factors"]) - 13) / 20) ** 2 + abs(float(values["x"]) - 0.2)


SMOOTH = {
    "branin": (Space([Continuous("x", -5.0, 10.0, LINEAR), Continuous("y", 0.0, 15.0, LINEAR)]), branin),
    "rates": (
        Space([Continuous("lr", 1e-6, 1.0, LOGARITHMIC), Continuous("wd", 1e-8, 1.0, LOGARITHMIC)]),
        rates,
    ),
    "mixed": (
        Space(
            [
                Categorical("method", ("normal", "uniform", "constant")),
                Integer("factors", 1, 64, LINEAR),
                Continuous("x", 0.0, 1.0, LINEAR),
            ]
        ),
        mixed,
    ),
}


@pytest.mark.parametrize(("name", "parallel"), [("branin", 1), ("rates", 3), ("mixed", 1), ("mixed", 3)])
def test_bayesian_search_beats_random_search_on_average(name, parallel):
    space, loss = SMOOTH[name]
    best = {
        strategy: [
            min(each.loss for each in search(strategy, space, loss, seed, parallel=parallel))
            for seed in SEEDS
        ]
        for strategy in (bayesian_search, random_search)
    }
    assert np.mean(best[bayesian_search]) < np.mean(best[random_search])
    wins = sum(a < b for a, b in zip(best[bayesian_search], best[random_search], strict=True))
    assert wins >= 7


@pytest.mark.parametrize("strategy", [random_search, bayesian_search])
def test_no_combination_is_tried_twice_and_none_is_left_out(strategy):
    trials = search(strategy, SMALL, lambda values: float(values["k"]), seed=3, budget=12)
    tried = {tuple(each.parameters.values()) for each in trials}
    assert tried == set(itertools.product("1234", "xyz"))
    assert strategy(SMALL, trials, 3) is None


def test_grid_search_tries_everything_in_order():
    space = Space([Categorical("a", ("1", "2")), Categorical("b", ("x", "y", "z"))])
    trials = search(grid_search, space, lambda values: 0.0, seed=0, budget=6)
    assert [tuple(each.parameters.values()) for each in trials] == list(itertools.product("12", "xyz"))
    assert grid_search(space, trials, 0) is None


@pytest.mark.parametrize("name", ["Random", "Bayesian"])
def test_a_seed_decides_what_is_tried(name):
    space, loss = SMOOTH["mixed"]
    once, again, other = (
        [each.parameters for each in search(STRATEGIES[name], space, loss, seed, budget=8)]
        for seed in (1, 1, 2)
    )
    assert once == again
    assert once[0] != other[0]


def test_a_lost_trial_is_drawn_again():
    first = random_search(SMALL, [], 5)
    assert random_search(SMALL, [], 5) == first
    assert random_search(SMALL, [Trial(first)], 5) != first


@pytest.mark.parametrize("seed", range(6))
def test_jobs_side_by_side_try_different_things(seed):
    """Without its belief about the running job the process would send the next one to the same place."""
    space = Space([Continuous("x", 0.0, 1.0, LINEAR)])

    def loss(values):
        return (float(values["x"]) - 0.63) ** 2 + 0.1 * math.sin(9 * float(values["x"]))

    trials = search(random_search, space, loss, seed, budget=5)
    first = bayesian_search(space, trials, seed)
    second = bayesian_search(space, [*trials, Trial(first, pending=True)], seed)
    assert abs(float(first["x"]) - float(second["x"])) > 0.01


def test_nothing_is_expected_of_a_place_where_a_job_runs_already():
    space, loss = SMOOTH["rates"]
    trials = search(random_search, space, loss, seed=0, budget=12)
    x = np.array([space.encode(each.parameters) for each in trials])
    y = np.array([each.loss for each in trials])
    process = GaussianProcess(x, (y - y.mean()) / y.std(), np.array([0, 1]))
    points = np.random.default_rng(0).random((500, 2))
    best = points[[np.argmax(process.expected_improvement(points))]]
    before, after = (each.expected_improvement(best)[0] for each in (process, process.believing(best)))
    assert after < 0.05 * before


def test_the_search_turns_away_from_where_jobs_fail():
    space = Space([Continuous("x", 0.0, 1.0, LINEAR)])
    good = [Trial({"x": repr(x)}, loss=1 - x) for x in (0.0, 0.2, 0.4, 0.5)]
    failures = [Trial({"x": repr(x)}, failed=True) for x in (0.7, 0.8, 0.9, 1.0)]
    assert float(bayesian_search(space, good, 0)["x"]) > 0.7
    assert float(bayesian_search(space, good + failures, 0)["x"]) < 0.7


def test_a_diverged_job_does_not_blind_the_search():
    space, loss = SMOOTH["rates"]

    def diverging(values):
        return 1e12 if float(values["lr"]) > 0.1 else loss(values)

    best = [min(each.loss for each in search(bayesian_search, space, diverging, seed)) for seed in SEEDS]
    assert np.median(best) < 0.05


# --- the process itself, against formulas written down another way ------------------------------------------


def matern(a, b, lengths):
    """The kernel, one pair at a time."""
    r = math.sqrt(5 * sum(((p - q) / length) ** 2 for p, q, length in zip(a, b, lengths, strict=True)))
    return (1 + r + r * r / 3) * math.exp(-r)


def test_the_process_predicts_as_the_textbook_says():
    random = np.random.default_rng(0)
    x, points = random.random((9, 3)), random.random((5, 3))
    y = random.standard_normal(9)
    settings = np.log([0.3, 0.8, 0.01])
    groups = np.array([0, 1, 1])
    process = GaussianProcess(x, y, groups, settings)
    lengths = [0.3, 0.8, 0.8]
    noisy = np.array([[matern(a, b, lengths) for b in x] for a in x]) + (0.01 + 1e-9) * np.eye(9)
    cross = np.array([[matern(a, b, lengths) for b in points] for a in x])
    inverse = np.linalg.inv(noisy)
    variance = y @ inverse @ y / 9
    mean, deviation = process.predict(points)
    assert mean == pytest.approx(cross.T @ inverse @ y)
    expected = variance * (1 - np.diag(cross.T @ inverse @ cross))
    assert deviation**2 == pytest.approx(expected)


def test_expected_improvement_is_the_mean_of_what_would_be_gained():
    random = np.random.default_rng(1)
    x = random.random((6, 1))
    process = GaussianProcess(x, np.sin(6 * x[:, 0]), np.array([0]), np.log([0.3, 1e-4]))
    points = np.linspace(0, 1, 11)[:, None]
    best = process.predict(x)[0].min()
    gained = []
    for mean, deviation in zip(*process.predict(points), strict=True):
        gained.append(stats.norm(mean, deviation).expect(lambda value: max(best - value, 0.0)))
    assert process.expected_improvement(points) == pytest.approx(gained, abs=1e-6)


def test_a_fit_finds_out_which_parameter_matters():
    random = np.random.default_rng(2)
    x = random.random((40, 2))
    y = np.sin(8 * x[:, 0])
    process = GaussianProcess(x, (y - y.mean()) / y.std(), np.array([0, 1]))
    matters, does_not = np.exp(process.settings[:2])
    assert matters < does_not / 3


def test_a_fit_is_the_most_likely_one_around():
    """Against likelihood and prior, written down again; a wrong gradient would end somewhere else."""
    random = np.random.default_rng(3)
    x = random.random((25, 2))
    y = np.sin(5 * x[:, 0]) + x[:, 1] + 0.1 * random.standard_normal(25)
    y = (y - y.mean()) / y.std()

    def unlikelihood(settings):
        lengths, noise = np.exp(settings[:2]), np.exp(settings[2])
        covariance = np.array([[matern(a, b, lengths) for b in x] for a in x]) + noise * np.eye(25)
        fit = 25 * np.log(y @ np.linalg.inv(covariance) @ y / 25) + np.linalg.slogdet(covariance)[1]
        prior = (settings - np.log([0.5, 0.5, 1e-3])) / [1, 1, 3]
        return 0.5 * (fit + prior @ prior)

    found = GaussianProcess(x, y, np.array([0, 1])).settings
    for step in (0.05 * np.eye(3)).tolist() + (-0.05 * np.eye(3)).tolist():
        assert unlikelihood(found) < unlikelihood(found + step)
