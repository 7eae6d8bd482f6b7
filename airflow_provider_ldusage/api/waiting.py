"""Waits of one client: counted once however many of its threads wait, and ended where nobody needs the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar

NEVER = threading.Event()
STOP: ContextVar[threading.Event] = ContextVar("STOP", default=NEVER)
"""Set once the answer to the question that this thread asks is not needed any more. A thread has a context of its
own."""


class Stopped(Exception):
    """The answer is not needed any more."""


def check_needed() -> None:
    """Raise :class:`Stopped` if the answer that this thread asks for is not needed any more."""
    if STOP.get().is_set():
        raise Stopped


class Overlap:
    """How long waits last together: a second counts once, even if several wait in it. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._until = 0.0

    def more(self, now: float, seconds: float) -> float:
        """How many of the seconds no running wait covers.

        :param now: epoch seconds
        :param seconds: of a wait that begins now
        """
        return max(0.0, seconds - max(0.0, self._until - now)) if self._running else seconds

    def begin(self, now: float, seconds: float) -> float:
        """Begin a wait, see :meth:`more`."""
        with self._lock:
            more = self.more(now, seconds)
            self._until = max(self._until, now + seconds) if self._running else now + seconds
            self._running += 1
            return more

    def end(self) -> None:
        """End a wait."""
        with self._lock:
            self._running -= 1


def sleep_while_needed(seconds: float) -> None:
    """Wait until the time is over, or the answer is not needed any more. In the main thread, signals end it too."""
    STOP.get().wait(seconds)


class Waits:
    """The waits of one client.

    :param asleep: waits for this many seconds
    :param clock: this machine's clock, epoch seconds
    """

    def __init__(self, asleep: Callable[[float], None], clock: Callable[[], float]) -> None:
        self._asleep, self._clock = asleep, clock
        self._overlap = Overlap()

    def wait(self, seconds: float, count: Callable[[float], None]) -> None:
        """Wait.

        :param count: is told the seconds that no other thread waits already
        :raises Stopped: the answer is not needed any more
        """
        count(self._overlap.begin(self._clock(), seconds))
        try:
            self._asleep(seconds)
        finally:
            self._overlap.end()
        check_needed()
