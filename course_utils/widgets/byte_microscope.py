"""What the byte microscope computes: one record of RecordIO-protobuf, cut into named parts, and what moved.

Plain functions on plain data, without widgets; the bytes are those of `course_utils.recordio`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from course_utils import recordio
from course_utils.recordio import RecordIOError, Segment

#: What the controls offer. Varints grow by a byte at 128, at 16,384 and at 2,097,152.
STARS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
FILM_COLUMNS = (3, 4, 5, 6, 127, 128, 300, 9_999, 16_383, 16_384, 999_999)
WIDTHS = (7, 128, 1_000, 10_000, 100_000, 1_000_000)
USER_COLUMN = 0

#: The kinds of bytes, and what each is for.
KINDS = {
    "frame": "where the record begins and ends",
    "mark": "tags and lengths of protobuf",
    "name": "the text “values”",
    "content": "your row and its stars",
}


@dataclass(frozen=True)
class Slide:
    """What lies under the microscope: the rating of user column 0 and one film column.

    ``stars`` None is a record without a label, as it is sent to an endpoint.
    """

    film: int = 6
    columns: int = 7
    stars: float | None = 5.0


FIRST_SLIDE = Slide()


@dataclass(frozen=True)
class Part:
    """Some bytes that belong together: their kind (of `KINDS`), a short label, and a sentence about them."""

    segment: Segment
    raw: bytes
    kind: str
    label: str

    @property
    def row(self) -> str:
        """Which row of the picture they stand in."""
        if self.segment.name == "padding":
            return "Padding"
        return {"features": "Features", "label": "Label"}.get(
            re.split(r"[. ]", self.segment.name)[0], "Frame"
        )

    @property
    def sentence(self) -> str:
        """The bytes, their place and their meaning, in words."""
        first, last = self.segment.start, self.segment.stop - 1
        place = f"Byte {first}" if first == last else f"Bytes {first} to {last}"
        return f"{place}, {self.segment.name}: {self.raw.hex(' ')}. {_meaning(self.segment)}."


def record_of(slide: Slide) -> bytes:
    """The bytes of the slide's record.

    Raises
    ------
    RecordIOError
        Where the film's column is not one of the columns.
    """
    keys = np.array([USER_COLUMN, slide.film])
    X = csr_array((np.ones(2, np.float32), keys, [0, 2]), shape=(1, slide.columns))
    stream = io.BytesIO()
    recordio.write(stream, X, None if slide.stars is None else np.array([slide.stars], np.float32))
    return stream.getvalue()


def parts_of(data: bytes) -> list[Part]:
    """One record, cut into parts: in order, without gaps."""
    return [Part(s, bytes(data[s.start : s.stop]), _kind(s.name), _label(s)) for s in recordio.inspect(data)]


def look(slide: Slide) -> list[Part] | str:
    """The parts of the slide's record, or why there is no such record."""
    try:
        return parts_of(record_of(slide))
    except (RecordIOError, ValueError) as problem:
        return str(problem)


def moved(before: list[Part], after: list[Part]) -> list[Part]:
    """Those parts of ``after`` whose bytes are others than in ``before``, or were not there."""
    old = {part.segment.name: part.raw for part in before}
    return [part for part in after if old.get(part.segment.name) != part.raw]


def _kind(name: str) -> str:
    if name in ("magic", "length", "padding"):
        return "frame"
    if name.endswith((" tag", " length")):
        return "mark"
    return "name" if name.endswith(".key") else "content"


def _label(segment: Segment) -> str:
    """A few characters for the picture."""
    name, value = segment.name, segment.value
    if name in ("magic", "padding"):
        return name
    if name == "length" or name.endswith(" length"):
        return f"{value} follow"
    if name.endswith(" tag"):
        return f"field {value >> 3}"
    if name.endswith(".key"):
        return f"“{value}”"
    if name.startswith("label."):
        return f"{value:g} stars"
    if ".keys[" in name:
        return f"column {value:,}"
    return f"{value:,} columns" if ".shape[" in name else f"{value:g}"


def _meaning(segment: Segment) -> str:
    text = segment.meaning
    return text[0].upper() + text[1:]


# ------------------------------------------------------------------------------------------------ in words


def counts(parts: list[Part]) -> dict[str, int]:
    """How many bytes there are of each of `KINDS`."""
    return {kind: sum(len(part.raw) for part in parts if part.kind == kind) for kind in KINDS}


def answer(parts: list[Part] | str) -> str:
    """How long the record is, and how much of it is the reader's own data."""
    if isinstance(parts, str):
        return f"The writer refuses. {parts}"
    total, own = sum(len(part.raw) for part in parts), counts(parts)["content"]
    return f"{total} bytes, and {own} of them are yours: the row{_and_stars(parts)}."


def _and_stars(parts: list[Part]) -> str:
    return " and its stars" if any(part.row == "Label" for part in parts) else ", without stars"


def news(before: list[Part] | str, after: list[Part] | str) -> str:
    """What has moved since the slide before, in one sentence."""
    if isinstance(after, str):
        return "Nothing is written. Raise the number of columns, or choose a smaller column for the film."
    if isinstance(before, str):
        return "The record can be written again."
    grown = sum(len(part.raw) for part in after) - sum(len(part.raw) for part in before)
    changed = _listed(part.segment.name for part in moved(before, after))
    gone = _listed(part.row.lower() for part in before if part.row not in {other.row for other in after})
    if not changed and not gone:
        return "Nothing has moved since the last change."
    facts = [
        f"Moved since the last change (▲): {changed}." if changed else "",
        f"Gone: {gone}." if gone else "",
    ]
    size = f"{abs(grown)} bytes {'longer' if grown > 0 else 'shorter'}" if grown else "as long as before"
    return " ".join([*filter(None, facts), f"The record is {size}."])


def _listed(names: Iterable[str]) -> str:
    """Names without repeats, in order."""
    return ", ".join(dict.fromkeys(names))
