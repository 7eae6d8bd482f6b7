"""How many threads do something at once."""

from __future__ import annotations

import threading


class AtOnce:
    """Threads within its block.

    :ivar most: how many were there at once
    """

    def __init__(self) -> None:
        self.most = self._now = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._now -= 1
