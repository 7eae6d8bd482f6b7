"""The simulated clock."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone


class SimulatedClock:
    """A clock that stands still at a moment, or follows the real one.

    :param now: aware; None follows the real clock
    :raises ValueError: a moment without a time zone
    """

    def __init__(self, now: datetime | None) -> None:
        self._stopped: datetime | None = None
        self._ahead = timedelta(0)
        self.set(now)

    @property
    def now(self) -> datetime:
        """The simulated time, UTC."""
        return self._stopped if self._stopped is not None else datetime.now(timezone.utc) + self._ahead

    @property
    def passing(self) -> float:
        """Seconds to add for the windows of rate limits, which end even while the clock stands still."""
        return 0.0 if self._stopped is None else time.time()

    def set(self, now: datetime | None) -> None:
        """Stop the clock, or let it follow the real one.

        :param now: the moment at which it stands still, aware; None follows the real clock
        :raises ValueError: a moment without a time zone
        """
        if now is not None and now.tzinfo is None:
            raise ValueError("now must be an aware datetime")
        self._ahead = timedelta(0)
        self._stopped = None if now is None else now.astimezone(timezone.utc)

    def advance(self, step: timedelta) -> datetime:
        """Move the clock. One that follows the real clock keeps running.

        :param step: how far to move it
        :returns: the new time
        """
        if self._stopped is not None:
            self._stopped += step
        else:
            self._ahead += step
        return self.now
