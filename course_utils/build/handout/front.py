"""The first page in Markdown: what there is, how long it takes, whose ratings the figures are about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from course_utils.datasets import movielens
from course_utils.learn.catalogue import lesson

_PROMISE = re.compile(r"\*\*You will\*\* (.+?)\n\s*\n", re.DOTALL)
_MINUTES = re.compile(r"\*\*Time\*\* (\d+) minutes")


@dataclass(frozen=True)
class DataUsed:
    """Whose ratings stand behind the figures: the box on the first page, and a line above every page."""

    box: str
    banner: str


REAL = DataUsed(
    box="""\
:::{admonition} These figures are about real ratings
The lessons ran on **MovieLens latest-small**: 100,836 ratings by 610 people, collected by GroupLens Research at
the University of Minnesota. Where a lesson uses made-up data all the same (ad clicks, a shop, a canteen), it
says so.
:::
""",
    banner="",
)
SAMPLE = DataUsed(
    box="""\
:::{warning}
**These figures are about made-up ratings.** MovieLens was not on the machine that made this handout, so the
lessons ran on a sample that a computer drew. The films do not exist, and nobody rated them. For figures about
real ratings, type `python3 course.py data get ml-latest-small` and make the handout again.
:::
""",
    banner="Made-up data: the films in these lessons do not exist, and nobody rated them.",
)

_PAGE = """\
# Recommender systems with factorization machines

Would Alice like *Star Trek*? Nobody asked her. A **factorization machine** can still tell, from seven ratings that
three people gave to four films. These pages are the lessons of the course, to read without a computer that runs them:
before class, after class, or on the way home.

{data}
## The lessons

Each stands alone: open any of them first.

{table}
## How to read these pages

* The pages need no network. Keep the folder together, and open `index.html`.
* Where the notebook shows something to move and to click, the page shows one picture of it, with its numbers. To move
  it yourself, open the notebook: `python3 course.py lab`.
* Gaps in the code are written `...`: they are yours to fill. Three hints and a solution wait under each exercise, folded
  away. Try first. The answers of a quiz wait in the same way.
* Results of a prediction are shown below it. Cover them until you have made yours.
* The half-filled circle at the top (on a phone: in the menu) chooses light or dark. The magnifying glass searches all
  lessons.

## What you will be able to do

{objectives}
## Data and terms of use

MovieLens belongs to GroupLens Research, University of Minnesota. It is free for research and learning. Commercial use
needs their permission, and nothing here suggests that they endorse this course. It is described in F. M. Harper and
J. A. Konstan, *The MovieLens Datasets: History and Context*, ACM Transactions on Interactive Intelligent Systems 5(4),
2015. The seven ratings of Alice, Bob and Charlie are quoted from S. Rendle, *Factorization Machines*, ICDM 2010,
figure 1. The made-up data are the course's own; use them as you like.

:::{{toctree}}
:hidden:
:caption: Lessons

{pages}
:::

:::{{toctree}}
:hidden:
:caption: To look up

glossary
:::
"""


def data_used() -> DataUsed:
    """Ask after the lessons have run: they may have fetched the archive."""
    return REAL if movielens.locate("ml-latest-small") else SAMPLE


def front_page(notebooks: Sequence[Path], data: DataUsed) -> str:
    """Write the page for these lessons, each a notebook of the student edition."""
    heads = [_Head.read(path) for path in notebooks]
    rows = [f"| {head.number} | {head.link} | {head.promise} | {head.minutes} |\n" for head in heads]
    return _PAGE.format(
        data=data.box,
        table="| no. | lesson | you will | minutes |\n|---|---|---|--:|\n" + "".join(rows),
        objectives="".join(f"### {head.number} {head.title}\n\n{head.objectives}\n" for head in heads),
        pages="\n".join(f"{head.number} {head.title} <{head.name}>" for head in heads),
    )


@dataclass(frozen=True)
class _Head:
    """What a lesson's first cell promises."""

    name: str
    title: str
    promise: str
    minutes: int

    @property
    def number(self) -> str:
        return self.name[:2]

    @property
    def link(self) -> str:
        return f"[{self.title}]({self.name}.ipynb)"

    @property
    def objectives(self) -> str:
        return "".join(f"* {text}\n" for text in lesson(self.number).objectives.values())

    @classmethod
    def read(cls, path: Path) -> _Head:
        text = nbformat.read(path, as_version=4).cells[0].source
        promise, minutes = _PROMISE.search(text), _MINUTES.search(text)
        if promise is None or minutes is None:
            raise ValueError(f"the first cell of {path.name} lacks 'You will' or 'Time … minutes'")
        return cls(
            name=path.stem,
            title=text.splitlines()[0].removeprefix("# "),
            promise=" ".join(promise[1].split()),
            minutes=int(minutes[1]),
        )
