"""One line of the doctor's report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and what to type when it is wrong."""

    subject: str
    detail: str
    fix: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing needs doing."""
        return not self.fix

    def __str__(self) -> str:
        if self.ok:
            return f"OK   {self.subject}: {self.detail}"
        return f"FIX  {self.subject}: {self.detail} (type: {self.fix})"
