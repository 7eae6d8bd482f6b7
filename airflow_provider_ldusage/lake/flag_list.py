"""Which flags LaunchDarkly has listed, and on which days: a field of the state of a slice that holds every flag.

Day files have rows of flags that were evaluated. Only this list shows that others were requested and had none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

FIELD = "flags"
"""The field's name."""
KEPT = timedelta(days=400)
"""How long a flag is remembered after it was last listed."""


@dataclass(frozen=True)
class FlagList:
    """The flags of a project.

    :param seen: flag -> the first and the last day on which it was listed (UTC)
    """

    seen: Mapping[str, tuple[date, date]] = field(default_factory=dict)

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> FlagList:
        """Read the list from the further fields of a state; empty if there is none, or one that cannot be read."""
        try:
            return cls({
                str(key): (date.fromisoformat(each["first"]), date.fromisoformat(each["last"]))
                for each in state.get(FIELD, ())
                for key in each["keys"]
            })  # fmt: skip
        except (ValueError, KeyError, TypeError):
            return cls()

    def with_listed(self, flags: Iterable[str], day: date) -> FlagList:
        """Return the list with the flags that were listed on a day."""
        seen = dict(self.seen)
        for flag in flags:
            first, last = seen.get(flag, (day, day))
            seen[flag] = min(first, day), max(last, day)
        return FlagList({flag: days for flag, days in seen.items() if days[1] >= day - KEPT})

    def on(self, day: date) -> frozenset[str] | None:
        """Return the flags that were there on a day; None if nothing was listed by then, or nothing since."""
        found = frozenset(flag for flag, (first, last) in self.seen.items() if first <= day <= last)
        return found or None

    def to_json(self) -> list[dict[str, Any]]:
        """Return the field's content: the flags with the same days together."""
        groups: dict[tuple[date, date], list[str]] = {}
        for flag, days in sorted(self.seen.items()):
            groups.setdefault(days, []).append(flag)
        return [
            {"first": first.isoformat(), "last": last.isoformat(), "keys": keys}
            for (first, last), keys in sorted(groups.items())
        ]
