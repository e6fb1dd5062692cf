"""Lesson 10, Rebuild a recommender before it goes stale. What it asks, and what it says to every answer."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from course_utils import artifact
from course_utils.encode import FeatureMap
from course_utils.evaluate import rmse
from course_utils.fm.model import FMParameters
from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question
from course_utils.widgets import rebuild_dial

# ------------------------------------------------------------------------------------ E10.0 what was known


def _events() -> pd.DataFrame:
    """Six events, two of them in the same second; not in the order of time."""
    return pd.DataFrame(
        {
            "user": [1, 2, 1, 3, 2, 4],
            "item": [10, 10, 20, 30, 20, 10],
            "rating": [4.0, 3.0, 5.0, 2.0, 1.0, 4.5],
            "timestamp": [100, 400, 300, 200, 300, 500],
        }
    )


_MOMENT = 300


def _known_at(answer) -> None:
    events = _events()
    said = answer(events, _MOMENT)
    expect(
        isinstance(said, pd.DataFrame) and list(said) == list(events),
        "Give rows of `events`: a table with the same columns.",
    )
    times = said["timestamp"].tolist()
    expect(
        sorted(times) == [100, 200],
        f"Six events happened at 100, 400, 300, 200, 300, 500. Before {_MOMENT}: those at 100 and 200. Yours are at "
        f"{times}.",
    )
    expect(answer(events, 100).empty, "Before the first event nothing is known: the table should be empty.")


def _keeps(rows):
    """A ``known_at`` that keeps ``rows(events, moment)``."""
    return lambda events, moment: events[rows(events, moment)]


def _keeps_like(wrong):
    return lambda answer: answer(_events(), _MOMENT).equals(wrong(_events(), _MOMENT))


_up_to = _keeps(lambda events, moment: events["timestamp"] <= moment)
_from_then_on = _keeps(lambda events, moment: events["timestamp"] >= moment)
_after = _keeps(lambda events, moment: events["timestamp"] > moment)


def _first_half(events, moment):
    return events.head(len(events) // 2)


def _everything(events, moment):
    return events


# ------------------------------------------------------------------------------------ E10.1 who is new


@lru_cache(maxsize=1)
def _known_and_new() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Known rows, and eleven events: 3 by strangers, 2 about new films, 1 both, 5 known; so 6 are unseen."""
    known = pd.DataFrame({"user": [1, 1, 2, 3], "item": [10, 20, 20, 30]})
    pairs = [
        (1, 10),
        (2, 10),
        (3, 20),
        (1, 30),
        (2, 30),
        (8, 10),
        (8, 20),
        (9, 30),
        (1, 70),
        (2, 71),
        (9, 72),
    ]
    return known, pd.DataFrame(pairs, columns=["user", "item"])


def _share_of(unseen):
    """An ``unseen_share`` from a rule on (stranger, new film)."""

    def unseen_share(known, events):
        return float(unseen(~events["user"].isin(known["user"]), ~events["item"].isin(known["item"])))

    return unseen_share


_both_new = _share_of(lambda user, film: (user & film).mean())
_users_only = _share_of(lambda user, film: user.mean())
_films_only = _share_of(lambda user, film: film.mean())
_added_up = _share_of(lambda user, film: user.mean() + film.mean())
_seen_share = _share_of(lambda user, film: (~user & ~film).mean())
_counted = _share_of(lambda user, film: (user | film).sum())
_percent = _share_of(lambda user, film: 100 * (user | film).mean())


def _new_pairs(known, events):
    seen = set(zip(known["user"], known["item"], strict=True))
    pairs = zip(events["user"], events["item"], strict=True)
    return float(np.mean([pair not in seen for pair in pairs]))


def _unseen_share(answer) -> None:
    known, events = _known_and_new()
    said = answer(known, events)
    expect(np.ndim(said) == 0 and not isinstance(said, str), "Give one number: a share from 0 to 1.")
    expect(
        same(said, 6 / 11),
        f"{said:g} is not it. I have eleven events: 3 by users that are not known, 2 about films that are not known, "
        "1 with neither known, and 5 with both known.",
    )
    expect_same(answer(known, known), 0.0, "With the known rows themselves as events, `unseen_share`")
    expect_same(answer(known, events.iloc[5:8]), 1.0, "With three events by strangers, `unseen_share`")


def _shares_like(wrong):
    return lambda answer: same(answer(*_known_and_new()), wrong(*_known_and_new()))


# ------------------------------------------------------------------------------------ E10.2 a policy

KIOSKS = (10, 11)
MOST_REBUILDS, MOST_UNSEEN, MOST_STARS = 16, 0.08, 0.90


def policy_faults(should_rebuild, seed: int) -> list[str]:
    """What a policy misses on one kiosk, in words; empty if it reaches all three goals."""
    found = rebuild_dial.follow(should_rebuild, seed)
    unseen = float(found.unseen.mean())
    return (
        [f"{found.rebuilds} rebuilds, at most {MOST_REBUILDS} wanted"] * (found.rebuilds > MOST_REBUILDS)
        + [f"{unseen:.1%} of the events unseen, at most {MOST_UNSEEN:.0%} wanted"] * (unseen > MOST_UNSEEN)
        + [f"an RMSE of {found.total_rmse:.3f} stars, at most {MOST_STARS:.2f} wanted"]
        * (found.total_rmse > MOST_STARS)
    )


def _policy(answer) -> None:
    said = answer(3, 0.05)
    expect(
        isinstance(said, bool | np.bool_),
        f"`should_rebuild(3, 0.05)` gives {said!r}; say `True` (rebuild) or `False` (keep the model).",
    )
    for seed in KIOSKS:
        faults = policy_faults(answer, seed)
        expect(not faults, f"I replayed kiosk {seed} with your policy: {'; '.join(faults)}.")


_TRIED = tuple(
    (age, unseen) for age in (1, 2, 5, 7, 8, 20, 60) for unseen in (0.0, 0.03, 0.09, 0.2, 0.6, 1.0)
)


def _always(age, unseen):
    return True


def _not_ever(age, unseen):
    return False


def _weekly(age, unseen):
    return age >= 7


def _share_alone(age, unseen):
    return unseen > 0.1


def _in_percent(age, unseen):
    return unseen > 10 or age >= 8


def _both_needed(age, unseen):
    return unseen > 0.1 and age >= 8


def _turned_round(age, unseen):
    return unseen < 0.1 or age < 8


def _decides(rule):
    """Does a policy follow the rule on every tried pair of numbers?"""

    def matches(answer) -> bool:
        return rule({pair: bool(answer(*pair)) for pair in _TRIED})

    return matches


_says_always = _decides(lambda said: all(said.values()))
_says_never = _decides(lambda said: not any(said.values()))


def _only_one_of_two_matters(place: int):
    """The decision hangs on one of the two numbers alone: 0 for the age, 1 for the share."""

    def rule(said) -> bool:
        by_value: dict = {}
        for pair, decision in said.items():
            by_value.setdefault(pair[place], set()).add(decision)
        return len(set(said.values())) == 2 and all(len(decisions) == 1 for decisions in by_value.values())

    return _decides(rule)


def _asks_for_percent(answer) -> bool:
    return not answer(1, 1.0) and bool(answer(1, 50.0))


def _rarely_both(answer) -> bool:
    return bool(answer(60, 1.0)) and not answer(60, 0.0) and not answer(1, 1.0)


def _rebuilds_when_fresh(answer) -> bool:
    return bool(answer(1, 0.0)) and not answer(60, 1.0)


# ------------------------------------------------------------------------------------ E10.3 a gate


class _Says:
    """A model whose predictions are written down; ``own`` is the error on the rows that it learned from."""

    def __init__(self, stars, own: float = 0.5) -> None:
        self.stars, self.own = stars, own

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        return np.full(len(table), self.stars, dtype=float)


_NEWEST = pd.DataFrame({"user": [1, 2, 3, 4], "item": [7, 7, 8, 9], "rating": [4.0, 4.0, 3.0, 5.0]})
_LOW_AND_HIGH = pd.DataFrame({"user": [1, 2], "item": [7, 7], "rating": [1.0, 5.0]})
_ONE_FAR_OFF = pd.DataFrame({"user": [1, 2, 3, 4], "item": [7] * 4, "rating": [4.0, 4.0, 4.0, 1.0]})


class _Swaps(_Says):
    """A model without any error on average that has every single rating wrong by four stars."""

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        return 6.0 - table["rating"].to_numpy()


_MATCHES = (
    (_Says(1.0), _Says(4.0), _NEWEST, True, "the challenger is 3 stars nearer"),
    (_Says(4.0), _Says(1.0), _NEWEST, False, "the champion is 3 stars nearer"),
    (_Says(4.0), _Says(4.0), _NEWEST, False, "both say the same: a tie"),
    (_Says(4.1), _Says(4.0), _NEWEST, True, "the challenger is a little nearer"),
    (_Says(3.5), _Swaps(0), _LOW_AND_HIGH, False, "the challenger is right on average and wrong on each row"),
    (
        _Says(3.5),
        _Says(4.0),
        _ONE_FAR_OFF,
        False,
        "the challenger has three rows right and misses one by 3 stars",
    ),
)


def _promote(answer) -> None:
    for champion, challenger, newest, right, words in _MATCHES:
        said = answer(champion, challenger, newest.copy())
        expect(
            isinstance(said, bool | np.bool_),
            f"`promote` gives a {type(said).__name__}; give `True` or `False`, one for all rows together.",
        )
        expect(bool(said) == right, f"In one match {words}, and `promote` says {bool(said)}.")


def _gate(better):
    """A ``promote`` that compares ``better(old, new)`` of two RMSEs."""

    def promote(champion, challenger, newest):
        truth = newest["rating"]
        return bool(better(rmse(truth, champion.predict(newest)), rmse(truth, challenger.predict(newest))))

    return promote


_tie_wins = _gate(lambda old, new: new <= old)
_higher_wins = _gate(lambda old, new: new > old)
_newer_wins = _gate(lambda old, new: True)
_nobody_wins = _gate(lambda old, new: False)


def _mean_error_wins(champion, challenger, newest):
    truth = newest["rating"]
    return bool(
        abs((challenger.predict(newest) - truth).mean()) < abs((champion.predict(newest) - truth).mean())
    )


def _absolute_error_wins(champion, challenger, newest):
    truth = newest["rating"]
    return bool(abs(challenger.predict(newest) - truth).mean() < abs(champion.predict(newest) - truth).mean())


def _promotes_like(wrong):
    return lambda answer: all(bool(answer(*match[:3])) == bool(wrong(*match[:3])) for match in _MATCHES)


# ------------------------------------------------------------------------------------ E10.4 a version


def _two_versions() -> dict[str, tuple[FMParameters, FeatureMap]]:
    """Two models with maps that differ in their films, but not in how many there are."""
    rng = np.random.default_rng(10)
    versions = {}
    for version, films in (("v1", [10, 20, 30]), ("v2", [20, 30, 40])):
        table = pd.DataFrame({"user": [1, 2, 1], "item": films})
        w, V = rng.normal(size=5).astype(np.float32), rng.normal(size=(5, 2)).astype(np.float32)
        versions[version] = FMParameters(3.5, w, V, "regressor"), FeatureMap.fit(table)
    return versions


_MODEL, _MAP = "model.tar.gz", "feature_map.json"


def _save_version(answer) -> None:
    versions = _two_versions()
    with tempfile.TemporaryDirectory() as scratch:
        for version, (params, feature_map) in versions.items():
            home = answer(Path(scratch), version, params, feature_map)
            expect(
                isinstance(home, str | Path),
                f"`save_version` should return the version's folder; it returns {home!r}.",
            )
            expect(
                Path(home) == Path(scratch) / version,
                f"The files are written, and the returned folder should be the one of {version}. Return `home`.",
            )
        there = sorted(path.relative_to(scratch).as_posix() for path in Path(scratch).rglob("*.*"))
        wanted = sorted(f"{version}/{name}" for version in versions for name in (_MODEL, _MAP))
        expect(
            set(wanted) <= set(there),
            f"After v1 and v2 were saved there should be {', '.join(wanted)}. There is: {', '.join(there) or 'nothing'}.",
        )
        for version, (params, feature_map) in versions.items():
            loaded = artifact.load(Path(scratch) / version / _MODEL).params
            found = FeatureMap.load(Path(scratch) / version / _MAP)
            expect(
                found.column_names == feature_map.column_names,
                f"The map in {version} is not the one that was saved with {version}.",
            )
            expect_same(loaded.V, params.V, f"V in {version}")


def _saver(model_home, map_home):
    """A ``save_version`` that puts the files where the two functions of (folder, version) say."""

    def save_version(folder, version, params, feature_map):
        for home, name, write in (
            (model_home, _MODEL, lambda path: artifact.save(path, params, {})),
            (map_home, _MAP, feature_map.save),
        ):
            if home is not None:
                place = home(Path(folder), version)
                place.mkdir(parents=True, exist_ok=True)
                write(place / name)
        return Path(folder)

    return save_version


def _own_folder(folder, version):
    return folder / version


def _shared_folder(folder, version):
    return folder


_map_shared = _saver(_own_folder, _shared_folder)
_all_shared = _saver(_shared_folder, _shared_folder)
_model_alone = _saver(_own_folder, None)
_map_alone = _saver(None, _own_folder)


def _leaves_files_like(wrong):
    def files(save) -> set[str]:
        with tempfile.TemporaryDirectory() as scratch:
            for version, pair in _two_versions().items():
                save(Path(scratch), version, *pair)
            return {path.relative_to(scratch).as_posix() for path in Path(scratch).rglob("*.*")}

    return lambda answer: files(answer) == files(wrong)


# ------------------------------------------------------------------------------------ what came true


def _which_split(stars: dict[str, float]) -> str:
    apart = stars["time"] - stars["random"]
    if abs(apart) < 0.01:
        return "About the same in both"
    return "On the rows drawn at random" if apart > 0 else "On the rows of the last year"


def _how_many_strangers(share: float) -> str:
    return "Fewer than 10 %" if share < 0.1 else "10 % to 40 %" if share <= 0.4 else "More than 40 %"


def _worse_served(stars: pd.Series) -> str:
    apart = stars["unseen"] - stars["both known"]
    if abs(apart) < 0.1:
        return "About the same on both"
    return (
        "Unseen ones: it knows nothing of that user or film"
        if apart > 0
        else "Those with user and film known"
    )


def _daily_gain(total: dict[str, float]) -> str:
    ratio = (total["weekly"] - total["daily"]) / (total["never"] - total["weekly"])
    return "More" if ratio > 1.2 else "About as much" if ratio > 0.5 else "Less than half as much"


def _swapped(share: float) -> str:
    return (
        "Nearly all films get another film's score"
        if share > 0.5
        else "The new film alone gets a wrong score"
    )


LESSON = Lesson(
    number=10,
    objectives={
        "O10.1": "measure staleness: the share of events with a user or film that the model never saw",
        "O10.2": "replay time, and never train on the future",
        "O10.3": "choose how often to rebuild, in hours or days, by what it costs",
        "O10.4": "promote a challenger only if it beats the champion on the newest held-out events",
        "O10.5": "version a model together with its id map, and roll back",
    },
    exercises=(
        Exercise(
            id="E10.0",
            objective="O10.2",
            verify=_known_at,
            expects="a function of events and a moment",
            passed="Strictly before: what happens in the very second of the rebuild is the future already.",
            hints=(
                "Which column says when? Compare it with the moment; a comparison of a column gives True or False "
                "for each row.",
                "`events[condition]` keeps the rows where the condition is True.",
                'events[events["timestamp"] < moment]',
            ),
            solution="""
def known_at(events, moment):
    \"""The events that had happened before a moment.\"""
    return events[events["timestamp"] < moment]
""",
            discussion="One line, and the most important one of the lesson: every leak of the future is a row that should "
            "have been on the other side of it.",
            mistakes=(
                Mistake(
                    matches=_keeps_like(_up_to),
                    feedback="`<=` lets in what happens at the very moment. Such a row is then learned from *and* judged "
                    "on, if the other side begins with `>=`.",
                    example=_up_to,
                    misconception="M20",
                ),
                Mistake(
                    matches=_keeps_like(_from_then_on),
                    feedback="That is the future: the rows from the moment on. The model may know the others.",
                    example=_from_then_on,
                ),
                Mistake(
                    matches=_keeps_like(_after),
                    feedback="That is the future: the rows after the moment. The model may know the earlier ones.",
                    example=_after,
                ),
                Mistake(
                    matches=_keeps_like(_first_half),
                    feedback="A fixed number of rows does not ask *when*. Use the column `timestamp`, and the moment.",
                    example=_first_half,
                ),
                Mistake(
                    matches=_keeps_like(_everything),
                    feedback="Those are all the rows, the future among them.",
                    example=_everything,
                    misconception="M20",
                ),
            ),
        ),
        Exercise(
            id="E10.1",
            objective="O10.1",
            verify=_unseen_share,
            expects="a function of known rows and events that gives a share",
            passed="One unknown side is enough: half of the answer is then missing.",
            hints=(
                '`events["user"].isin(known["user"])` says for each event whether its user is known. `~` turns True and '
                "False round.",
                "An event counts when its user is new *or* its film is new: `|` joins two such columns, row by row.",
                "(stranger | new_film).mean() is the share of True.",
            ),
            solution="""
def unseen_share(known, events):
    \"""Share of events with a user or film that is not in the known rows.\"""
    stranger = ~events["user"].isin(known["user"])
    new_film = ~events["item"].isin(known["item"])
    return (stranger | new_film).mean()
""",
            discussion="The mean of a column of True and False is the share of True. Nothing was trained, and no rating "
            "was needed: you can compute this every minute.",
            mistakes=(
                Mistake(
                    matches=_shares_like(_both_new),
                    feedback="`&` counts only events with a new user *and* a new film. One unknown side spoils half of the "
                    "answer already: use `|`.",
                    example=_both_new,
                ),
                Mistake(
                    matches=_shares_like(_users_only),
                    feedback="You counted new users. A new film is as unknown to the model, and shops forget it more "
                    "often.",
                    example=_users_only,
                    misconception="M04",
                ),
                Mistake(
                    matches=_shares_like(_films_only),
                    feedback="You counted new films. New users are unseen, too.",
                    example=_films_only,
                ),
                Mistake(
                    matches=_shares_like(_added_up),
                    feedback="The two shares added up count an event twice when user and film are both new.",
                    example=_added_up,
                ),
                Mistake(
                    matches=_shares_like(_seen_share),
                    feedback="That is the share of events with both known: 1 minus what is asked.",
                    example=_seen_share,
                ),
                Mistake(
                    matches=_shares_like(_new_pairs),
                    feedback="You asked whether the *pair* is known. A model needs no row of the very pair: it needs some "
                    "row of the user and some row of the film.",
                    example=_new_pairs,
                    misconception="M06",
                ),
                Mistake(
                    matches=_shares_like(_counted),
                    feedback="That is how many. A share is that number divided by the number of events: `mean` instead of "
                    "`sum`.",
                    example=_counted,
                ),
                Mistake(
                    matches=_shares_like(_percent),
                    feedback="That is in percent. Give the share itself, from 0 to 1.",
                    example=_percent,
                ),
            ),
        ),
        Exercise(
            id="E10.2",
            objective="O10.3",
            verify=_policy,
            expects="a function of age and unseen that gives True or False",
            passed="All three goals, on two kiosks: fewer strangers than a weekly clock leaves, with about as many rebuilds, "
            "and a sixth of what a daily clock would cost.",
            hints=(
                "A drop shows in `unseen` on the next morning. Walking tastes never show in it: what else grows when a "
                "model is old?",
                "Rebuild when one sign *or* the other says so: `unseen > … or age >= …`.",
                "A tenth unseen, or a little more than a week of age: try `unseen > 0.1 or age >= 8`.",
            ),
            solution="""
def should_rebuild(age, unseen):
    \"""Rebuild this morning? age in days; unseen is yesterday's share, 0 to 1.\"""
    return unseen > 0.1 or age >= 8
""",
            discussion="Other thresholds pass, too: a share between about 0.1 and 0.3, an age of 8 or 9. Thresholds are chosen "
            "on replays; the second kiosk is there so that you do not choose them for one spring only.",
            mistakes=(
                Mistake(
                    matches=_says_always,
                    feedback="That rebuilds every morning: 89 times. More often is better for the error, never for the "
                    "bill, and most of these mornings had nothing new to learn.",
                    example=_always,
                    misconception="M34",
                ),
                Mistake(
                    matches=_says_never,
                    feedback="That never rebuilds: after the first drop the model serves strangers.",
                    example=_not_ever,
                ),
                Mistake(
                    matches=_asks_for_percent,
                    feedback="`unseen` is a share from 0 to 1, so it is never above 1. Ten percent is 0.1.",
                    example=_in_percent,
                ),
                Mistake(
                    matches=_rebuilds_when_fresh,
                    feedback="That rebuilds while the model is fresh, and keeps it when it is stale. Turn the comparisons "
                    "round.",
                    example=_turned_round,
                ),
                Mistake(
                    matches=_rarely_both,
                    feedback="`and` waits until both signs are there. Each of them alone is a reason: use `or`.",
                    example=_both_needed,
                ),
                Mistake(
                    matches=_only_one_of_two_matters(0),
                    feedback="That is a clock: it does not look at `unseen`. It sleeps through a drop, or rebuilds on quiet "
                    "days for nothing.",
                    example=_weekly,
                    misconception="M34",
                ),
                Mistake(
                    matches=_only_one_of_two_matters(1),
                    feedback="That watches newcomers only. Viewers who stay and change never make `unseen` grow; nothing "
                    "but the age of the model tells of them.",
                    example=_share_alone,
                ),
            ),
        ),
        Exercise(
            id="E10.3",
            objective="O10.4",
            verify=_promote,
            expects="a function of champion, challenger and newest that gives True or False",
            passed="Same rows, newest rows, lower error: promoted. Anything else keeps the champion.",
            hints=(
                "Two numbers are needed: the RMSE of each model on `newest`.",
                "rmse(truth, model.predict(newest)) is one of them.",
                "return bool(new < old), with `old` of the champion and `new` of the challenger",
            ),
            solution="""
def promote(champion, challenger, newest):
    \"""Is the challenger better on the newest events? Both models have predict().\"""
    truth = newest["rating"]
    old = rmse(truth, champion.predict(newest))
    new = rmse(truth, challenger.predict(newest))
    return bool(new < old)
""",
            discussion="A gate may ask for more: to win by a margin, to win on most days, not to lose for newcomers. It "
            "should never ask for less.",
            mistakes=(
                Mistake(
                    matches=_promotes_like(_newer_wins),
                    feedback="That promotes whoever comes. Newer is not better: one of the three challengers has learned "
                    "from a damaged table.",
                    example=_newer_wins,
                    misconception="M34",
                ),
                Mistake(
                    matches=_promotes_like(_nobody_wins),
                    feedback="That keeps the champion for ever. Then nothing is gained by rebuilding.",
                    example=_nobody_wins,
                ),
                Mistake(
                    matches=_promotes_like(_higher_wins),
                    feedback="RMSE is an error: the lower one wins. Turn the comparison round.",
                    example=_higher_wins,
                ),
                Mistake(
                    matches=_promotes_like(_mean_error_wins),
                    feedback="In a mean of signed errors, four stars too much and four too little make zero. RMSE squares "
                    "first.",
                    example=_mean_error_wins,
                ),
                Mistake(
                    matches=_promotes_like(_absolute_error_wins),
                    feedback="You compared mean absolute errors. RMSE squares the errors first, so that one large miss weighs "
                    "more than many small ones: use `rmse`.",
                    example=_absolute_error_wins,
                ),
                Mistake(
                    matches=_promotes_like(_tie_wins),
                    feedback="With `<=` a tie promotes. Every change costs something and needs a reason: use `<`.",
                    example=_tie_wins,
                ),
            ),
        ),
        Exercise(
            id="E10.4",
            objective="O10.5",
            verify=_save_version,
            expects="a function of folder, version, params and feature_map that writes two files",
            passed="I saved v1 and v2 and loaded v1: its own model met its own map. You can roll back.",
            hints=(
                "Both files go where `load_version` looks for them: `Path(folder) / version`.",
                "home = Path(folder) / version, then home.mkdir(parents=True), then two lines that write.",
                'artifact.save(home / "model.tar.gz", params, {}) and feature_map.save(home / "feature_map.json")',
            ),
            solution="""
def save_version(folder, version, params, feature_map):
    \"""Write model and map into a folder of their own; returns that folder.\"""
    home = Path(folder) / version
    home.mkdir(parents=True)
    artifact.save(home / "model.tar.gz", params, {})
    feature_map.save(home / "feature_map.json")
    return home
""",
            discussion="`mkdir` without `exist_ok` refuses to write over a version that exists. That is wanted: a version "
            "that can change is no version.",
            mistakes=(
                Mistake(
                    matches=_leaves_files_like(_map_shared),
                    feedback="The map lies outside the version's folder, so v2 wrote over the map of v1. Roll back now, and "
                    "the old model meets the new map: every film gets another film's score.",
                    example=_map_shared,
                    misconception="M35",
                ),
                Mistake(
                    matches=_leaves_files_like(_all_shared),
                    feedback="Model and map stay together, but v2 wrote over v1: there is nothing left to roll back to. Use "
                    "`version` in the path.",
                    example=_all_shared,
                ),
                Mistake(
                    matches=_leaves_files_like(_model_alone),
                    feedback="The map is missing. Without it nobody can ask the model anything: a model knows columns, not "
                    "films.",
                    example=_model_alone,
                    misconception="M35",
                ),
                Mistake(
                    matches=_leaves_files_like(_map_alone),
                    feedback="The model is missing: only the map was saved.",
                    example=_map_alone,
                    misconception="M35",
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P10.1",
            objective="O10.2",
            stem="The same method, judged on equally many test rows: once drawn at random, once those of the last year. "
            "On which does it look better (a lower RMSE)?",
            options=(
                "About the same in both",
                "On the rows drawn at random",
                "On the rows of the last year",
            ),
            happened=_which_split,
            why="A random test row has brothers among the learning rows: the same user, the same evening. Tomorrow's rows "
            "have none.",
        ),
        Prediction(
            id="P10.2",
            objective="O10.1",
            stem="Now the model is rebuilt every night, for a year. What share of the year's events is still unseen?",
            options=("Fewer than 10 %", "10 % to 40 %", "More than 40 %"),
            happened=_how_many_strangers,
            why="It hangs on how people come back. Who rates everything on the first evening is gone before the first night; "
            "who returns is known from the second evening on.",
        ),
        Prediction(
            id="P10.3",
            objective="O10.1",
            stem="The model is two months old and was never rebuilt. On which events is its error larger?",
            options=(
                "Unseen ones: it knows nothing of that user or film",
                "About the same on both",
                "Those with user and film known",
            ),
            happened=_worse_served,
            why="For a stranger it guesses near the mean. For an acquaintance it says firmly what was true two months ago.",
        ),
        Prediction(
            id="P10.6",
            objective="O10.3",
            stem="A viewer rates films every day. The model was built on day 28, and the next rebuild is on day 35. When does the "
            "score that the recommender gives this viewer for one film change?",
            options=(
                "After each of the viewer's ratings",
                "A little every night",
                "On the morning of the rebuild only",
            ),
            why="Ratings are stored when they come, and learned from when the model is built. In between it stands still.",
        ),
        Prediction(
            id="P10.4",
            objective="O10.3",
            stem="On the kiosk, going from never to weekly (12 rebuilds) takes some of the error away. Going on from weekly to "
            "daily (89 rebuilds) takes away, in comparison …",
            options=("More", "About as much", "Less than half as much"),
            happened=_daily_gain,
            why="A model is a few days old on average with a weekly clock. There is not much staleness left to remove.",
        ),
        Prediction(
            id="P10.5",
            objective="O10.5",
            stem="The map is new, the model is the old one, and both have equally many columns. What happens when films are "
            "scored?",
            options=(
                "An error stops it",
                "The new film alone gets a wrong score",
                "Nearly all films get another film's score",
            ),
            happened=_swapped,
            why="Columns stand in the order of the ids. Take the first film away, and every film behind it moves up by one.",
        ),
    ),
    questions=(
        Question(
            id="Q10.1",
            objective="O10.1",
            stem="Which of these events are unseen to a model that was trained last night?",
            kind="many",
            options=(
                Option(
                    "A known user rates a film that arrived this morning",
                    "The film has no column.",
                    correct=True,
                ),
                Option(
                    "A known user rates a known film that this user has never rated",
                    "User and film are known, and that is enough: filling such gaps is what the model is for.",
                    misconception="M06",
                ),
                Option(
                    "Somebody who joined an hour ago rates an old film",
                    "The user has no column.",
                    correct=True,
                ),
                Option(
                    "A known user suddenly dislikes what they used to like",
                    "That is staleness too, but both are known: the unseen share is blind to it.",
                ),
            ),
            after="Unseen: no column for the user, or none for the film.",
        ),
        Question(
            id="Q10.2",
            objective="O10.2",
            stem="A colleague shuffles all ratings, keeps a tenth for judging, and reports a lower RMSE than yours, which is from "
            "a replay. What do you say?",
            options=(
                Option(
                    "The colleague's model is better",
                    "It may be the same model. It was asked easier questions: gaps in evenings that it knew.",
                    misconception="M20",
                ),
                Option(
                    "A random split is fairer, because it is random",
                    "It is random and lets the future in: rows of the same evening stand on both sides.",
                    misconception="M20",
                ),
                Option(
                    "Judge both in a replay before comparing",
                    "Only then do both answer the question that matters: can it serve tomorrow?",
                    correct=True,
                ),
            ),
            after="Compare models on the same rows, in the order of time.",
        ),
        Question(
            id="Q10.3",
            objective="O10.3",
            stem="The recommender is retrained every night. A user joins at noon and rates twenty films. What does the model "
            "know of them in the evening?",
            options=(
                Option(
                    "Nothing",
                    "It does not move between two rebuilds. Fold-in (lesson 11) or a rebuild in hours would help.",
                    correct=True,
                ),
                Option(
                    "All twenty films: retraining is online learning",
                    "Online learning changes the parameters after each event. A nightly rebuild learns at night, from a "
                    "batch.",
                    misconception="M33",
                ),
                Option(
                    "The first few, since training takes a while",
                    "No training runs before the night.",
                    misconception="M33",
                ),
            ),
            after="A rebuild is a batch: between two of them the model stands still.",
        ),
        Question(
            id="Q10.4",
            objective="O10.3",
            stem="A small shop rebuilds daily and asks whether every hour would be better. What decides?",
            options=(
                Option(
                    "Nothing: a fresher model is always better",
                    "A little fresher, and twenty-four times the bill, with as many chances to ship a broken model.",
                    misconception="M34",
                ),
                Option(
                    "What a replay gains by it, times its traffic, against the bill",
                    "The gain for each recommendation is measured, the traffic multiplies it, the bill does not grow "
                    "with it.",
                    correct=True,
                ),
                Option(
                    "The size of the model alone",
                    "The size makes a rebuild dear or cheap. Whether it is worth that, the traffic decides.",
                ),
            ),
            after="Cadence is a matter of cost: measured gain × traffic against the price of a rebuild.",
        ),
        Question(
            id="Q10.5",
            objective="O10.4",
            stem="The champion has an RMSE of 0.91 on last week's events. The challenger's training log ends with 0.62. Do you "
            "promote it?",
            options=(
                Option(
                    "Yes: 0.62 is far below 0.91",
                    "One is an error on unknown rows, the other on rows that were learned by heart. They cannot be "
                    "compared.",
                    misconception="M15",
                ),
                Option(
                    "Not yet: judge it on last week's events as well",
                    "Same rows for both, and neither has learned from them.",
                    correct=True,
                ),
                Option(
                    "No: such a low error proves that it is broken",
                    "It proves nothing either way. Judge it on the newest rows.",
                ),
            ),
            after="Same rows, newest rows, rows that neither learned from.",
        ),
        Question(
            id="Q10.6",
            objective="O10.5",
            stem="A new film must be on sale at once, so somebody fits the id map anew; the model will follow at night. What "
            "happens until then?",
            options=(
                Option(
                    "The new film is missing, the rest is as before",
                    "Columns follow the order of the ids. One more id moves all that stand behind it.",
                    misconception="M35",
                ),
                Option(
                    "Films answer with other films' scores, or the endpoint refuses the rows",
                    "The former if the number of columns is the same, the latter if it is not.",
                    correct=True,
                ),
                Option(
                    "The model adds a column for the new film",
                    "A model has the columns that it was trained with.",
                    misconception="M35",
                ),
            ),
            after="Model and map are one version: built together, switched together.",
        ),
        Question(
            id="Q10.7",
            objective="O10.5",
            stem="v2 is in use and misbehaves. What takes you back to v1 within a minute?",
            options=(
                Option(
                    "Train again on the data of that day",
                    "That takes as long as a rebuild, and gives v1 only if nothing else has changed.",
                ),
                Option(
                    "Point the endpoint to v1's configuration, and its callers to v1's map",
                    "Both were kept, so both are there.",
                    correct=True,
                ),
                Option(
                    "Point the endpoint to v1's configuration; the newest map is fine",
                    "v1's model has v1's columns. With the newest map it would be asked about other films.",
                    misconception="M35",
                ),
            ),
            after="Rolling back is loading the older name: model and map.",
        ),
    ),
)
