"""Made-up click logs: which ad was shown where and when, and was it clicked? With the rate behind each click.

Real click logs are secrets of the shops that keep them. These have what no real log has: the truth, and
in it one effect that we planted and that no single column gives away.

>>> log = ads(1000)
>>> list(log.rows)
['page', 'ad', 'hour', 'device', 'click']
>>> log.candidates(page="games", hour=20, device="phone")["ad"].to_list()
['shoes', 'pans', 'trips', 'headsets', 'mowers', 'coffee']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

SEED = 2010

PAGES = ("news", "sport", "cooking", "travel", "games", "garden")
ADS = ("shoes", "pans", "trips", "headsets", "mowers", "coffee")
DEVICES = ("phone", "laptop", "tablet")
HOURS = tuple(range(24))
PLANTED = ("games", "mowers")
"""The page and the ad that, for no reason that either shows alone, belong together."""

PLACES = ("front page", "newsletter", "app")
SECTIONS = PAGES
PER_SECTION = 4
READERS = 200

NOTICE = (
    "THIS LOG IS MADE UP. Nobody saw these pages and nobody clicked: a computer drew each click from a rate "
    "that we know. So the course can plant an effect, and see whether a model finds it. It says nothing "
    "about real ads, pages or readers."
)

# Streams of their own: who draws with the same seed, to sample a log, must not draw the log's numbers.
_ADS, _ARTICLES = 1, 2
_BASE = -4.25  # log-odds: about 2 % of all impressions are clicked
_PAGE = np.array([-0.15, 0.10, 0.05, 0.10, -0.05, -0.05])
_AD = np.array([0.25, 0.05, 0.15, 0.00, -0.70, 0.10])
_DEVICE = np.array([0.00, 0.15, -0.15])
_SUITS = {
    ("sport", "shoes"): 0.7,
    ("cooking", "pans"): 0.8,
    ("travel", "trips"): 0.7,
    ("games", "headsets"): 0.6,
    ("garden", "mowers"): 0.5,
    ("news", "coffee"): 0.4,
    PLANTED: 2.3,
}


@dataclass(frozen=True, eq=False)
class ClickLog:
    """What was shown, and whether it was clicked.

    Parameters
    ----------
    rows : DataFrame
        One row per impression: columns of categories, and ``click``, 0 or 1. Every category is known to its
        column, occurring or not, so that one-hot columns are the same for any rows of this log.
    rate : callable
        ``rate(rows) -> (n,)``, the true probability of a click for any rows of these categories.
    notice : str
        That it is made up.
    """

    rows: pd.DataFrame
    rate: Callable[[pd.DataFrame], np.ndarray]
    notice: str = NOTICE

    def candidates(self, **fixed) -> pd.DataFrame:
        """Rows to choose among: one for each combination of the categories that are not ``fixed``.

        Raises
        ------
        ValueError
            For a column or a category that the log does not have.
        """
        categories = {name: column.cat.categories for name, column in self.rows.drop(columns="click").items()}
        for name, value in fixed.items():
            if name not in categories:
                raise ValueError(f"The log has no column {name!r}; it has {list(categories)}.")
            if value not in categories[name]:
                raise ValueError(f"{name} has no {value!r}; it has {list(categories[name])}.")
        choices = [[fixed[name]] if name in fixed else values for name, values in categories.items()]
        table = pd.MultiIndex.from_product(choices, names=categories).to_frame(index=False)
        return table.astype({name: pd.CategoricalDtype(values) for name, values in categories.items()})


def ads(n: int = 200_000, seed: int = SEED) -> ClickLog:
    """Impressions of six ads on six kinds of page; ads were shown at random, about 2 % were clicked.

    log-odds = base + page + ad + hour + device + (page, ad) + (ad, hour), of which `PLANTED` is one pair.

    Parameters
    ----------
    n : int
        Rows.
    seed : int
        Same seed, same log. The rates do not depend on it.
    """
    rng = np.random.default_rng([seed, _ADS])
    busy = 1 + 0.6 * _wave(19)
    rows = pd.DataFrame(
        {
            "page": _draw(rng, n, PAGES, [0.28, 0.20, 0.16, 0.14, 0.14, 0.08]),
            "ad": _draw(rng, n, ADS),
            "hour": _draw(rng, n, HOURS, busy / busy.sum()),
            "device": _draw(rng, n, DEVICES, [0.6, 0.3, 0.1]),
        }
    )
    rows["click"] = (rng.random(n) < _ad_rate(rows)).astype(np.int64)
    return ClickLog(rows, _ad_rate)


def articles(n: int = 30_000, seed: int = SEED) -> ClickLog:
    """Impressions of 24 articles for 200 readers in three places; about one in ten was opened (``click``).

    log-odds = base + place + article + <taste of the reader, topic of the article>. Articles of a section
    have much the same topic. Tastes and topics are drawn anew for each seed, and are in no column of the log.
    """
    rng = np.random.default_rng([seed, _ARTICLES])
    names = [f"{section} {number}" for section in SECTIONS for number in range(1, PER_SECTION + 1)]
    angle = 2 * np.pi * np.arange(len(SECTIONS)) / len(SECTIONS)
    topic = np.repeat(np.stack([np.cos(angle), np.sin(angle)], axis=1), PER_SECTION, axis=0)
    topic = topic + rng.normal(0, 0.2, topic.shape)
    taste = rng.normal(0, 1.1, (READERS, 2))
    liked, place = rng.normal(0, 0.3, len(names)), np.array([0.0, 0.4, -0.2])

    def rate(rows: pd.DataFrame) -> np.ndarray:
        where, reader, article = (rows[name].cat.codes.to_numpy() for name in ("place", "reader", "article"))
        pair = np.einsum("ij,ij->i", taste[reader], topic[article])
        return expit(-2.8 + place[where] + liked[article] + pair)

    rows = pd.DataFrame(
        {
            "place": _draw(rng, n, PLACES),
            "reader": _draw(rng, n, tuple(range(1, READERS + 1))),
            "article": _draw(rng, n, names),
        }
    )
    rows["click"] = (rng.random(n) < rate(rows)).astype(np.int64)
    return ClickLog(rows, rate)


def _ad_rate(rows: pd.DataFrame) -> np.ndarray:
    page, ad, hour, device = (rows[name].cat.codes.to_numpy() for name in ("page", "ad", "hour", "device"))
    pair = np.zeros((len(PAGES), len(ADS)))
    for (on, what), effect in _SUITS.items():
        pair[PAGES.index(on), ADS.index(what)] = effect
    by_hour = np.zeros((len(ADS), len(HOURS)))
    by_hour[ADS.index("coffee")] = 0.6 * _wave(8)
    by_hour[ADS.index("headsets")] = 0.4 * _wave(23)
    alone = _PAGE[page] + _AD[ad] + 0.25 * _wave(20)[hour] + _DEVICE[device]
    return expit(_BASE + alone + pair[page, ad] + by_hour[ad, hour])


def _wave(peak: int) -> np.ndarray:
    """A day, (24,): 1 at the hour ``peak``, -1 twelve hours away."""
    return np.cos(2 * np.pi * (np.array(HOURS) - peak) / len(HOURS))


def _draw(rng: np.random.Generator, n: int, categories, probability=None) -> pd.Categorical:
    """Categories at random; equally probable unless said otherwise."""
    return pd.Categorical.from_codes(rng.choice(len(categories), n, p=probability), list(categories))
