"""What the wiper trap of lesson 01 computes: a shop's lists for one shopper, under three switches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

PLACES = 4
LAST_DAY = 400
WIPERS = "wipers"
BOUGHT_ON = 2  # the day of the wipers
_POINTS = {"looks at": 1, "buys": 3}

#: thing -> (kind, popularity between 0 and 1)
SHOP = {
    "standard wipers": (WIPERS, 0.9),
    "silent wipers": (WIPERS, 0.7),
    "winter wipers": (WIPERS, 0.3),
    "vent holder": ("phone holder", 0.8),
    "suction holder": ("phone holder", 0.4),
    "washer fluid": ("care", 1.0),
    "car wax": ("care", 0.5),
    "tyre pump": ("tools", 0.6),
}

#: How many days after a purchase a kind rests: about as long as one lasts.
REST = {WIPERS: 180, "phone holder": 365, "care": 0, "tools": 365}


@dataclass(frozen=True)
class Event:
    """What the shopper did to a thing on a day: ``looks at`` or ``buys``."""

    day: int
    did: str
    thing: str


EVENTS = (
    Event(1, "looks at", "standard wipers"),
    Event(1, "looks at", "silent wipers"),
    Event(1, "looks at", "vent holder"),
    Event(BOUGHT_ON, "buys", "standard wipers"),
    Event(30, "looks at", "suction holder"),
    Event(31, "buys", "vent holder"),
)


@dataclass(frozen=True)
class Switches:
    """What the shop does: train every night (else: only after day 1), hide bought things, let kinds rest."""

    retrain: bool = False
    hide: bool = False
    rest: bool = False


@dataclass(frozen=True)
class Offer:
    """One place of a list: a thing, its kind, its score, and whether the shopper has bought it."""

    thing: str
    kind: str
    score: float
    owned: bool


@lru_cache(maxsize=8192)
def offers(day: int, switches: Switches) -> tuple[Offer, ...]:
    """The `PLACES` best things on the morning of ``day``, from what happened before it."""
    trained_on = [event for event in EVENTS if event.day < (day if switches.retrain else BOUGHT_ON)]
    points = dict.fromkeys(REST, 1)
    for event in trained_on:
        points[SHOP[event.thing][0]] += _POINTS[event.did]
    total = sum(points.values())
    purchases = [event for event in EVENTS if event.did == "buys" and event.day < day]
    owned = {event.thing for event in purchases}
    resting = {
        kind
        for kind, since in ((SHOP[event.thing][0], day - event.day) for event in purchases)
        if since <= REST[kind]
    }
    found = [
        Offer(thing, kind, popularity * points[kind] / total, thing in owned)
        for thing, (kind, popularity) in SHOP.items()
        if not (switches.hide and thing in owned) and not (switches.rest and kind in resting)
    ]
    return tuple(sorted(found, key=lambda offer: -offer.score)[:PLACES])


def wiper_places(day: int, switches: Switches) -> int:
    """How many places of the day's list go to wipers."""
    return sum(offer.kind == WIPERS for offer in offers(day, switches))


# ------------------------------------------------------------------------------------------------ in words


def verdict(day: int, switches: Switches) -> str:
    """What the day's list does about wipers, in one sentence."""
    count, since = wiper_places(day, switches), day - BOUGHT_ON
    days = "1 day" if since == 1 else f"{since} days"
    if since > REST[WIPERS]:
        state = f"the pair bought {days} ago is worn by now"
        again = any(offer.owned and offer.kind == WIPERS for offer in offers(day, switches))
        same = "the same pair among them" if again else "but never the pair that fitted"
        return f"Day {day}: {count} of {PLACES} places go to wipers, {same}; {state}."
    if count:
        return f"Day {day}: {count} of {PLACES} places go to wipers, bought {days} ago. That is the trap."
    return f"Day {day}: no wipers on the list. They were bought {days} ago."


def reason(day: int, switches: Switches) -> str:
    """Why, in one sentence."""
    if switches.rest:
        return f"The rule of rest knows what the score does not: wipers last about {REST[WIPERS]} days."
    if switches.hide:
        return "The very thing is hidden; the score still takes the purchase for an interest in its kind."
    if switches.retrain:
        return (
            "The model has learnt from the purchase: it counts as the strongest interest in wipers there is."
        )
    return "The model was trained before the purchase and does not know of it."


def course_title(switches: Switches) -> str:
    """What the figure shows, as a title."""
    counts = [wiper_places(day, switches) for day in range(BOUGHT_ON + 1, REST[WIPERS] + 1)]
    if max(counts) == 0:
        return f"No wipers for {REST[WIPERS]} days, then they return"
    low, high = min(counts), max(counts)
    span = f"{low}" if low == high else f"{low} to {high}"
    return f"Wipers keep {span} of {PLACES} places after the purchase"


def course_alt(day: int, switches: Switches) -> str:
    """The figure in words."""
    return (
        f"Places that go to wipers, by day, from 2 to {LAST_DAY}. {course_title(switches)}. "
        f"On day {day}: {wiper_places(day, switches)} of {PLACES}. Marked: wipers bought on day {BOUGHT_ON}, "
        "phone holder bought on day 31."
    )
