"""What the local SageMaker remembers: one table of records for each kind of resource and region.

A record is a dict with the members of the resource's Describe reply. Readers get copies, so a reply never
shows half of a change.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]


def now() -> datetime:
    return datetime.now(UTC)


class Registry:
    """All resources, and their tags. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._records: dict[tuple[str, str, str], Record] = {}
        self._tags: dict[str, dict[str, str]] = {}

    def add(self, kind: str, region: str, name: str, record: Record) -> bool:
        """Store a new record; False (and nothing changes) when the name is taken."""
        with self._lock:
            if (kind, region, name) in self._records:
                return False
            self._records[kind, region, name] = record
            return True

    def get(self, kind: str, region: str, name: str) -> Record | None:
        """A copy of the record, or None."""
        with self._lock:
            return copy.deepcopy(self._records.get((kind, region, name)))

    def all(self, kind: str, region: str) -> list[Record]:
        """Copies of all records of one kind, oldest first."""
        with self._lock:
            return [
                copy.deepcopy(record) for key, record in self._records.items() if key[:2] == (kind, region)
            ]

    def change(self, kind: str, region: str, name: str, change: Callable[[Record], None]) -> bool:
        """Apply ``change`` to the stored record in one piece; False when there is none (any more)."""
        with self._lock:
            record = self._records.get((kind, region, name))
            if record is None:
                return False
            change(record)
            record["LastModifiedTime"] = now()
            return True

    def remove(self, kind: str, region: str, name: str) -> Record | None:
        """Take the record out; None when there is none."""
        with self._lock:
            return self._records.pop((kind, region, name), None)

    def tag(self, arn: str, tags: list[dict[str, str]]) -> list[dict[str, str]]:
        """Add ``[{"Key": …, "Value": …}]`` to the tags of ``arn`` and return all of them."""
        with self._lock:
            self._tags.setdefault(arn, {}).update({tag["Key"]: tag["Value"] for tag in tags})
            return self.tags(arn)

    def untag(self, arn: str, keys: list[str] | None = None) -> None:
        """Remove the named tags of ``arn``, or (None) all."""
        with self._lock:
            for key in list(self._tags.get(arn, {})) if keys is None else keys:
                self._tags.get(arn, {}).pop(key, None)

    def tags(self, arn: str) -> list[dict[str, str]]:
        with self._lock:
            return [{"Key": key, "Value": value} for key, value in self._tags.get(arn, {}).items()]
