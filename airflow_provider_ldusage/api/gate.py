"""The one gate that all requests of a client pass, whichever of its threads sends them."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from airflow_provider_ldusage.api.pace import Pace
from airflow_provider_ldusage.api.waiting import check_needed

log = logging.getLogger(__package__)

TOLD_FROM = 0.5
"""Seconds. Shorter waits are logged at level DEBUG: there may be one before each request."""


class Gate:
    """Lets requests begin one after the other, when the pace allows it. Safe for several threads.

    Requests pass in the order in which they come, but one that is tried again comes first. The first in the line waits
    for as long as the pace demands, so that the others wait behind it and each wait counts once.

    :param pace: when a request may begin, and how many may be in flight
    :param wait: waits for this many seconds
    """

    def __init__(self, pace: Pace, wait: Callable[[float], None]) -> None:
        self._pace, self._wait = pace, wait
        self._line: deque[Turn] = deque()
        self._changed = threading.Condition()

    def wake(self) -> None:
        """Let all that wait in the line look whether their answer is still needed."""
        with self._changed:
            self._changed.notify_all()

    @contextmanager
    def passing(self, turn: Turn) -> Iterator[None]:
        """A try of a request: waits until it may begin.

        :raises Stopped: the answer is not needed any more
        """
        self._line_up(turn)
        try:
            while seconds := self._pause(turn):
                self._wait(seconds)
        finally:
            with self._changed:
                self._line.remove(turn)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._pace.end()
                self._changed.notify_all()

    def note(self, turn: Turn, headers: Mapping[str, str], *, refused: bool) -> None:
        """Note the limits in the headers of a response.

        :param refused: the status was 429: nothing is begun until the request was sent again, or has failed
        """
        with self._changed:
            self._pace.note(turn.url, headers, refused=refused)
            if refused:
                self._pace.hold(turn)
            self._changed.notify_all()

    def leave(self, turn: Turn) -> None:
        """The request will not be sent again."""
        with self._changed:
            self._pace.release(turn)
            self._changed.notify_all()

    def _line_up(self, turn: Turn) -> None:
        with self._changed:
            self._pace.release(turn)
            self._line.appendleft(turn) if turn.tried else self._line.append(turn)
            turn.tried = True

    def _pause(self, turn: Turn) -> float:
        """Wait to be the first in the line; then the seconds to wait further. With 0, the request has begun."""
        with self._changed:
            while self._line[0] is not turn or self._pace.is_full(turn.url):
                check_needed()
                self._changed.wait()
            check_needed()
            seconds, reason = self._pace.pause(turn.url)
            if seconds <= 0:
                self._pace.begin()
                return 0.0
        level = logging.INFO if seconds >= TOLD_FROM else logging.DEBUG
        log.log(level, "Waiting %.1f s to keep pace: %s", seconds, reason)
        return seconds


class Turn:
    """One request's place in the line.

    :ivar tried: whether it was sent before
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.tried = False
