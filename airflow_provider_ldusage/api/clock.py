"""LaunchDarkly's clock, as far as its responses show it.

``Date`` of a response (RFC 9110, section 6.6.1) is the second in which LaunchDarkly created it. That moment lies
between sending the request and receiving the headers, so each response bounds the difference between the two clocks.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple

_SET_CLOCKS = (31_536_000.0, 253_000_000_000.0)
"""1971 to 9987, epoch seconds. Any other ``Date`` comes from a clock that was never set."""
_CACHES = ("x-cache", "x-cache-status", "x-proxy-cache", "cf-cache-status", "cache-status")
_CACHED = re.compile("hit|stale|revalidated|updating", re.IGNORECASE)


@dataclass(frozen=True)
class Offset:
    """How far LaunchDarkly's clock is ahead of this machine's.

    :param low: at least, in seconds
    :param high: at most, in seconds
    """

    low: float = -math.inf
    high: float = math.inf

    @property
    def seconds(self) -> float:
        """The correction of this machine's clock: 0 if the bounds allow it, otherwise as little as they allow."""
        return min(max(0.0, self.low), self.high)

    @property
    def doubt(self) -> float:
        """How far :attr:`seconds` may be off, in seconds; 0 if this machine's clock needs no correction."""
        return self.high - self.low if self.seconds else 0.0

    def narrowed(self, date: float, sent: float, received: float) -> Offset:
        """This offset, narrowed by one more response.

        If a response contradicts the earlier ones, one of the clocks was set in between, and only the new one counts.

        :param date: ``Date`` of the response, whole epoch seconds
        :param sent: when the request was sent, by this machine's clock, epoch seconds
        :param received: when the headers were received, by the same clock; not before ``sent``
        """
        low, high = date - received, date + 1.0 - sent
        if max(self.low, low) <= min(self.high, high):
            return Offset(max(self.low, low), min(self.high, high))
        return Offset(low, high)


class Reading(NamedTuple):
    """One moment, as this machine's clock showed it.

    :param seconds: epoch seconds
    :param settings: how often the clock was seen to be set before
    """

    seconds: float
    settings: int


class Clock:
    """This machine's clock, corrected by the responses. Several threads may use it.

    :param own: this machine's clock, epoch seconds
    """

    def __init__(self, own: Callable[[], float]) -> None:
        self._own = own
        self._offsets = [Offset()]
        """One more each time that the clock was set."""
        self._lock = threading.Lock()

    def read(self) -> Reading:
        """The present moment. A later response may tell when it was."""
        return Reading(self._own(), len(self._offsets) - 1)

    def when(self, reading: Reading) -> datetime:
        """A moment by LaunchDarkly's clock, UTC, as far as the responses show it by now.

        If this machine's clock was set meanwhile, responses from before that count: the reading is of the old time.
        """
        return datetime.fromtimestamp(reading.seconds + self._offsets[reading.settings].seconds, timezone.utc)

    @property
    def doubt(self) -> timedelta:
        """How far the present time may be off, see :attr:`Offset.doubt`."""
        return timedelta(seconds=self._offsets[-1].doubt)

    def learn(self, date: float, sent: float, received: float) -> None:
        """Take in one more response; see :meth:`Offset.narrowed`."""
        with self._lock:
            last = self._offsets[-1]
            offset = last.narrowed(date, sent, received)
            if last.low <= offset.low and offset.high <= last.high:
                self._offsets[-1] = offset
            else:
                self._offsets.append(offset)


def server_time(headers: Mapping[str, str]) -> float | None:
    """When the server created a response, by its own clock, in whole epoch seconds.

    None if ``Date`` is missing or invalid, or if the response comes from a cache and its ``Date`` is older.

    :param headers: headers of the response, in any case
    """
    values = {name.lower(): value for name, value in headers.items()}
    if values.get("age", "").strip() not in ("", "0") or any(_CACHED.search(values.get(name, "")) for name in _CACHES):
        return None
    moment = http_date(values.get("date"))
    return moment if moment is not None and _SET_CLOCKS[0] <= moment < _SET_CLOCKS[1] else None


def http_date(text: str | None) -> float | None:
    """Epoch seconds of an HTTP date; None if the text is not one."""
    text = (text or "").strip()
    if not text or len(text) > 64:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
