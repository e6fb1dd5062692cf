"""A made-up stream of ratings that drifts: a small video kiosk, day by day.

MovieLens gathers people who rate for an evening and leave, so a replay of it shows who is new and little
else. The kiosk shows drift in plain sight, by four rules:

* `EVENTS_A_DAY` ratings a day; chance says who rates and what;
* films arrive in drops, on days that nobody is told before; a new film is talked about for about ten days;
* hardly anybody joins on an ordinary day, and about a dozen on the day of a drop;
* films and viewers have their places on a circle of tastes, and every viewer walks along it, a little a day.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

DAYS = 118
FIRST_DAY = 28
"""A first model learns from the days before this one."""

EVENTS_A_DAY = 150
DROPS = (34, 47, 51, 72, 93, 97, 110)
"""The days on which films arrive."""

_DAY = 86_400
_OPENS = int(np.datetime64("2026-01-01", "s").astype(np.int64))
_FILMS, _FILMS_PER_DROP = 80, 14
_VIEWERS, _JOIN, _JOIN_AT_DROP = 120, 0.7, 14.0
_BUZZ, _BUZZ_DAYS = 3.0, 10.0
_WALK = np.radians(2.2)  # a day
_MEAN, _BIAS_SD, _TASTE, _NOISE_SD = 3.2, 0.3, 1.3, 0.5


def load(seed: int = 10) -> pd.DataFrame:
    """The kiosk's ratings in the order in which they happened.

    Parameters
    ----------
    seed : int
        Another seed, another kiosk by the same rules.

    Returns
    -------
    DataFrame[user, item, rating, timestamp, day]
        As in MovieLens; ``day`` counts from 0 to `DAYS` - 1.
    """
    rng = np.random.default_rng(seed)
    arrives = np.concatenate([np.full(_FILMS, -DAYS), np.repeat(DROPS, _FILMS_PER_DROP)])
    joining = [rng.poisson(_JOIN_AT_DROP if day in DROPS else _JOIN) for day in range(1, DAYS)]
    joins = np.repeat(np.arange(DAYS), [_VIEWERS, *joining])
    film_place, film_bias = _places(rng, len(arrives)), rng.normal(0, _BIAS_SD, len(arrives))
    user_place, user_bias = _places(rng, len(joins)), rng.normal(0, _BIAS_SD, len(joins))
    # Half of the viewers walk one way round the circle, half the other way.
    pace = _WALK * rng.choice([-1, 1], len(joins)) * rng.uniform(0.5, 1.5, len(joins))
    parts = []
    for day in range(DAYS):
        films, viewers = np.flatnonzero(arrives <= day), np.flatnonzero(joins <= day)
        buzz = 1 + _BUZZ * np.exp((arrives[films] - day) / _BUZZ_DAYS)
        item = rng.choice(films, EVENTS_A_DAY, p=buzz / buzz.sum())
        user = rng.choice(viewers, EVENTS_A_DAY)
        apart = user_place[user] + pace[user] * day - film_place[item]
        score = _MEAN + user_bias[user] + film_bias[item] + _TASTE * np.cos(apart)
        score += rng.normal(0, _NOISE_SD, EVENTS_A_DAY)
        second = np.sort(rng.integers(0, _DAY, EVENTS_A_DAY))
        columns = {
            "user": user + 1,
            "item": item + 1,
            "rating": np.clip(np.round(2 * score) / 2, 0.5, 5.0),
            "timestamp": _OPENS + day * _DAY + second,
            "day": day,
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _places(rng: np.random.Generator, n: int) -> np.ndarray:
    """Places on the circle of tastes, as angles."""
    return rng.uniform(0, 2 * np.pi, n)
