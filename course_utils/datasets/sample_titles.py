"""Titles of films that do not exist."""

from __future__ import annotations

import re
from itertools import product

import numpy as np

_KINDS = """\
Reluctant Inflatable Overdue Corduroy Buttered Unlicensed Upholstered Waterproof Left-Handed
Semi-Retired Misprinted Alphabetical Lukewarm Unplugged Pocket-Sized Second-Hand Overqualified Refundable
Moth-Eaten Absent-Minded Crumpled Nearsighted Flat-Packed Indoor Knitted Laminated Marmalade Nocturnal
Photocopied Ticklish Unhurried Well-Ironed"""

_THINGS = """\
Teapot Walrus Accordion Turnip Escalator Hedgehog Trombone Cucumber Barometer Duvet Stapler
Gazebo Lawnmower Marzipan Otter Pancake Quiche Rucksack Semaphore Tambourine Ukulele Wheelbarrow Yoghurt
Zeppelin Bagpipe Cardigan Doorbell Eiderdown Flowerpot Haddock"""

_FORMS = (
    "The {kind} {thing}",
    "{kind} {thing}",
    "Return of the {kind} {thing}",
    "My Cousin's {kind} {thing}",
    "{kind} {thing} Goes Shopping",
    "Never Lend a {kind} {thing}",
    "A {thing} for the {kind}",
)


def invent_titles(rng: np.random.Generator, n: int) -> list[str]:
    """n different titles, such as "The Buttered Zeppelin"."""
    names = [form.format(kind=k, thing=t) for k, t, form in product(_KINDS.split(), _THINGS.split(), _FORMS)]
    chosen = [names[i] for i in rng.choice(len(names), n, replace=False)]
    # by sound: an Otter and an Unhurried, but a Ukulele
    return [re.sub(r"\b([Aa]) (?=[AEIO]|Un|Up)", r"\1n ", title) for title in chosen]
