"""The capstone's rubric: six criteria of three levels each, and what a total of them says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEVELS = ("begun", "sound", "convincing")


@dataclass(frozen=True)
class Criterion:
    """One thing that a capstone is judged by.

    Parameters
    ----------
    name : str
    levels : tuple of 3 str
        What can be said of a capstone that is begun, sound, convincing; each level includes those before it.
    lesson : str
        Where to go when points are missing.
    """

    name: str
    levels: tuple[str, str, str]
    lesson: str


CRITERIA = (
    Criterion(
        "Data and rows",
        (
            "One command loads the data; their source and licence are named.",
            "Later rows are kept back; an id map, fitted on the earlier ones, makes sparse float32 rows.",
            "Filled share, cold users and cold things are counted, and unknown ids have a policy.",
        ),
        "lesson 05",
    ),
    Criterion(
        "Model and baselines",
        (
            "A factorization machine is trained; its error stands beside the mean and the biases.",
            "Settings are chosen on validation rows; the test rows are used once.",
            "The finding holds for ten seeds, and one score is explained term by term.",
        ),
        "lessons 04 and 06",
    ),
    Criterion(
        "Distrust",
        (
            "Lists leave out what was seen, and you have read ten of them aloud.",
            "Personalisation and a ranking metric stand beside those of the bestseller list.",
            "Cold users and things are judged by themselves; a weakness of the lists is named and shown.",
        ),
        "lesson 06",
    ),
    Criterion(
        "Deployment",
        (
            "A training job reads RecordIO and writes a model: local SageMaker or AWS.",
            "An endpoint or a batch transform answers as your own model does, within 0.0001.",
            "Everything is deleted, a listing proves it, and the price of a month is computed.",
        ),
        "lessons 08 and 09",
    ),
    Criterion(
        "Rebuild plan",
        (
            "Time is replayed: the unseen share and the error are measured as the model ages.",
            "How often to rebuild follows from error and bill, in numbers.",
            "Model and id map share a version; a challenger must win first; you have rolled back once.",
        ),
        "lesson 10",
    ),
    Criterion(
        "Report",
        (
            "The notebook runs from top to bottom in a fresh kernel.",
            "Every number comes from a cell, and every figure's title states what was found.",
            "One page says whom it serves, whom it fails, and what you would do next.",
        ),
        "any lesson's last section",
    ),
)

MOST = len(CRITERIA) * len(LEVELS)

_BANDS = (
    (MOST - 2, "Let it run, and watch it."),
    (12, "Sound: somebody else could go on from here."),
    (6, "A prototype: it works, and you cannot say yet how well."),
    (0, "A sketch: a good place to begin."),
)


@dataclass(frozen=True)
class Standing:
    """A capstone's points.

    Attributes
    ----------
    points : dict of criterion name to int
        0 to 3: levels reached without a gap below them.
    gaps : tuple of str
        Criteria with a level ticked above one that is not.
    """

    points: dict[str, int]
    gaps: tuple[str, ...]

    @property
    def total(self) -> int:
        """Points in all."""
        return sum(self.points.values())


def standing(ticked: Mapping[str, tuple[bool, ...]]) -> Standing:
    """Points from ticked levels: a level counts when those before it are ticked, too."""
    points, gaps = {}, []
    for criterion in CRITERIA:
        ticks = ticked[criterion.name]
        reached = next((level for level, tick in enumerate(ticks) if not tick), len(ticks))
        points[criterion.name] = reached
        if sum(ticks) > reached:
            gaps.append(criterion.name)
    return Standing(points, tuple(gaps))


def verdict(now: Standing) -> str:
    """The total and what it means."""
    meaning = next(words for least, words in _BANDS if now.total >= least)
    return f"{now.total} of {MOST} points. {meaning}"


def advice(now: Standing) -> str:
    """What to do next: close a gap first, else the weakest criterion's next level."""
    if now.gaps:
        return f"A level counts only with those before it: look at {', '.join(now.gaps)} again."
    weakest = min(CRITERIA, key=lambda criterion: now.points[criterion.name])
    reached = now.points[weakest.name]
    if reached == len(LEVELS):
        return "Every level is reached. Show it to somebody who disagrees with you."
    return f"Next, {weakest.name.lower()}: {weakest.levels[reached]} ({weakest.lesson})"
