"""Frees the worker slot during long waits for a rate limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.windows import RunWindow

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import BaseTrigger

DEFER_FROM = 60.0
"""Seconds. Shorter waits stay in the worker, as a deferral and the way back take some seconds themselves."""
MAX_DEFERRALS = 3
"""Per try of a task. A resumed task repeats all of its requests. If these alone exceed the limit, it must wait in the
worker at some point; otherwise it could defer forever."""


@dataclass(frozen=True)
class Attempt:
    """One execution of a task, with what it must know of the executions before it, which ended in a deferral.

    :param run: the days to load, as the first execution resolved them; templates may render differently by now
    :param now: when the first execution began; days that were over by then count as closed
    :param waited: seconds waited for rate limits so far, deferred or not: ``max_wait`` applies to their sum
    :param deferrals: number of deferrals so far
    """

    run: RunWindow
    now: datetime
    waited: float = 0.0
    deferrals: int = 0

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Attempt:
        """The execution after a deferral.

        :param kept: see :meth:`to_json`
        """
        moment = datetime.fromisoformat(kept["now"])
        return cls(RunWindow.from_json(kept["run"]), moment, float(kept["waited"]), int(kept["deferrals"]))

    def to_json(self) -> dict[str, Any]:
        """What Airflow stores in its database: plain JSON, and no secrets."""
        return {
            "run": self.run.to_json(),
            "now": self.now.isoformat(),
            "waited": round(self.waited, 3),
            "deferrals": self.deferrals,
        }

    @property
    def defer_from(self) -> float | None:
        """Seconds from which a wait is deferred; None if this execution must wait in the worker."""
        return DEFER_FROM if self.deferrals < MAX_DEFERRALS else None

    def after(self, waited: float) -> Attempt:
        """The execution that follows a deferral of this one.

        :param waited: seconds waited for rate limits, the deferral included
        """
        return Attempt(self.run, self.now, waited, self.deferrals + 1)


def trigger_in(seconds: float) -> BaseTrigger:
    """Airflow's own trigger, which fires after this many seconds."""
    from airflow_provider_ldusage.compat import TimeDeltaTrigger

    return TimeDeltaTrigger(timedelta(seconds=seconds))
