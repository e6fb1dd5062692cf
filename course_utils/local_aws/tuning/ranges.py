"""The values that a tuning job may try: ranges, their scales, and the space that they span.

A range maps the unit interval to values, so that equal parts of the interval are tried equally often. The
scales are those of the developer guide (Define Hyperparameter Ranges); what ``Auto`` chooses is not
published. Here it is the guide's advice: logarithmic for a positive range over more than one order of
magnitude, linear otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

Parameters = dict[str, str]
"""Values of hyperparameters by name, as text, as SageMaker has them."""


@dataclass(frozen=True)
class Scale:
    """A monotone map that straightens a range."""

    straighten: Callable[[float], float]
    bend: Callable[[float], float]


LINEAR = Scale(float, float)
LOGARITHMIC = Scale(math.log, math.exp)
REVERSE_LOGARITHMIC = Scale(lambda value: -math.log1p(-value), lambda value: -math.expm1(-value))
_SCALES = {"Linear": LINEAR, "Logarithmic": LOGARITHMIC, "ReverseLogarithmic": REVERSE_LOGARITHMIC}


def scale(scaling_type: str, low: float, high: float) -> Scale:
    """The scale of a range from ``low`` to ``high``; ``scaling_type`` is one of the API's four words."""
    if scaling_type == "Auto":
        return LOGARITHMIC if low > 0 and high / low > 10 else LINEAR
    return _SCALES[scaling_type]


@dataclass(frozen=True)
class Continuous:
    """Numbers from ``low`` to ``high``.

    Attributes
    ----------
    columns : int
        How many numbers stand for a value in :meth:`encode`.
    size : float
        How many values there are.
    """

    name: str
    low: float
    high: float
    scale: Scale
    columns = 1
    size = math.inf

    def value(self, share: float) -> str:
        """The value at ``share`` (from 0 to 1) of the range."""
        first, last = self.scale.straighten(self.low), self.scale.straighten(self.high)
        value = self.scale.bend(first + share * (last - first))
        return repr(min(max(value, self.low), self.high))

    def encode(self, value: str) -> list[float]:
        """Where a value lies: 0 at ``low``, 1 at ``high``.

        Raises
        ------
        ValueError
            When the scale has no place for it.
        """
        first, last = self.scale.straighten(self.low), self.scale.straighten(self.high)
        return [(self.scale.straighten(float(value)) - first) / (last - first)]


@dataclass(frozen=True)
class Integer:
    """Whole numbers from ``low`` to ``high``, both included; see :class:`Continuous`."""

    name: str
    low: int
    high: int
    scale: Scale
    columns = 1

    @property
    def size(self) -> float:
        return self.high - self.low + 1

    def value(self, share: float) -> str:
        # Half a step beyond both ends, so that they get their full share.
        first, last = self.scale.straighten(self.low - 0.5), self.scale.straighten(self.high + 0.5)
        value = round(self.scale.bend(first + share * (last - first)))
        return str(min(max(value, self.low), self.high))

    def encode(self, value: str) -> list[float]:
        first, last = self.scale.straighten(self.low), self.scale.straighten(self.high)
        return [(self.scale.straighten(int(value)) - first) / (last - first)]


@dataclass(frozen=True)
class Categorical:
    """One of several texts; see :class:`Continuous`."""

    name: str
    values: tuple[str, ...]

    @property
    def columns(self) -> int:
        return len(self.values)

    @property
    def size(self) -> float:
        return len(self.values)

    def value(self, share: float) -> str:
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]

    def encode(self, value: str) -> list[float]:
        """One column per text; any two texts are at distance 1."""
        place = self.values.index(value)
        return [math.sqrt(0.5) * (column == place) for column in range(len(self.values))]


Range = Continuous | Integer | Categorical


class Space:
    """All combinations of the values of several ranges."""

    def __init__(self, ranges: Sequence[Range]) -> None:
        self.ranges = tuple(ranges)

    @classmethod
    def of(cls, parameter_ranges: Mapping[str, Any]) -> Space:
        """From the ``ParameterRanges`` of a request that has been checked."""
        ranges: list[Range] = []
        for each in parameter_ranges.get("IntegerParameterRanges", []):
            low, high = int(each["MinValue"]), int(each["MaxValue"])
            ranges.append(Integer(each["Name"], low, high, scale(_scaling(each), low, high)))
        for each in parameter_ranges.get("ContinuousParameterRanges", []):
            low, high = float(each["MinValue"]), float(each["MaxValue"])
            ranges.append(Continuous(each["Name"], low, high, scale(_scaling(each), low, high)))
        for each in parameter_ranges.get("CategoricalParameterRanges", []):
            ranges.append(Categorical(each["Name"], tuple(each["Values"])))
        return cls(ranges)

    @property
    def size(self) -> float:
        """How many combinations there are; infinite with a continuous range."""
        return math.prod(each.size for each in self.ranges)

    def draw(self, random: Random) -> Parameters:
        """One combination at random."""
        return self.at([random.random() for _ in self.ranges])

    def at(self, shares: Sequence[float]) -> Parameters:
        """The combination at one point of the unit cube."""
        return {each.name: each.value(share) for each, share in zip(self.ranges, shares, strict=True)}

    def encode(self, parameters: Mapping[str, str]) -> list[float]:
        """A combination as numbers.

        Raises
        ------
        ValueError
            When a value is outside what its range can express.
        KeyError
            When one is missing.
        """
        return [column for each in self.ranges for column in each.encode(parameters[each.name])]

    def __contains__(self, parameters: Mapping[str, str]) -> bool:
        """Whether every value lies in its range."""
        try:
            return all(0 <= column <= 1 for column in self.encode(parameters))
        except (KeyError, ValueError):
            return False


def _scaling(range_: Mapping[str, str]) -> str:
    return range_.get("ScalingType", "Auto")
