"""LaunchDarkly's clock, as far as its answers show it.

An answer's ``Date`` (RFC 9110, section 6.6.1) is the second in which LaunchDarkly made it. That moment lies between
sending the request and receiving the head of the answer, so each answer bounds how far the two clocks are apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime

_SET_CLOCKS = (31_536_000.0, 253_000_000_000.0)
"""1971 to 9987: a ``Date`` outside comes from a clock that was never set."""
_CACHES = ("x-cache", "x-cache-status", "x-proxy-cache", "cf-cache-status", "cache-status")
_CACHED = re.compile("hit|stale|revalidated|updating", re.IGNORECASE)


@dataclass(frozen=True)
class Offset:
    """How far LaunchDarkly's clock is ahead of this machine's: between ``low`` and ``high``, in seconds."""

    low: float = -math.inf
    high: float = math.inf

    @property
    def seconds(self) -> float:
        """What to add to this machine's clock: 0 where that is possible, else as little as is possible."""
        return min(max(0.0, self.low), self.high)

    @property
    def doubt(self) -> float:
        """How many seconds :attr:`seconds` may be off; 0 where this machine's clock needs no correction."""
        return self.high - self.low if self.seconds else 0.0

    def narrowed(self, date: float, sent: float, received: float) -> Offset:
        """The offset in the light of one more answer.

        An answer that contradicts the earlier ones counts alone: one of the clocks was set meanwhile.

        :param date: the answer's ``Date``, epoch seconds, cut to whole ones
        :param sent: when it was asked for, by this machine's clock, epoch seconds
        :param received: when its head was there, by the same clock; not before ``sent``
        """
        low, high = date - received, date + 1.0 - sent
        if max(self.low, low) <= min(self.high, high):
            return Offset(max(self.low, low), min(self.high, high))
        return Offset(low, high)


def server_time(headers: Mapping[str, str]) -> float | None:
    """When the server made this answer, by its own clock: epoch seconds, cut to whole ones.

    None without a readable ``Date``, and where a cache answered: the ``Date`` is then that of an earlier answer.

    :param headers: headers of the answer, in any case
    """
    values = {name.lower(): value for name, value in headers.items()}
    if values.get("age", "").strip() not in ("", "0") or any(_CACHED.search(values.get(name, "")) for name in _CACHES):
        return None
    moment = http_date(values.get("date"))
    return moment if moment is not None and _SET_CLOCKS[0] <= moment < _SET_CLOCKS[1] else None


def http_date(text: str | None) -> float | None:
    """Epoch seconds of an HTTP date; None for a text that is none."""
    text = (text or "").strip()
    if not text or len(text) > 64:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
