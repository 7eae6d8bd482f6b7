"""Giving the worker slot back while LaunchDarkly asks for minutes of patience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.metrics import History
from airflow_provider_ldusage.windows import RunWindow

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger

    from airflow_provider_ldusage.api.client import UsageClient
    from airflow_provider_ldusage.exceptions import RateLimitedError
    from airflow_provider_ldusage.query import UsageQuery

DEFER_FROM = 60.0
"""Seconds: shorter waits are waited in place, since a deferral and the way back take some seconds themselves."""
MOST_DEFERRALS = 3
"""In one try of a task. A resumed task asks for everything anew; where that is what exhausts the limit, it must wait
in place some time, or it would never come to an end."""


@dataclass
class Attempt:
    """What one execution of a task knows of those before it, which ended in a deferral.

    - ``run``: the days to load and what says so, resolved once: templates and the clock may have moved on since
    - ``now``: when the first execution began, by which days count as closed
    - ``waited``: seconds waited for rate limits, deferred or not: ``max_wait`` is for all of them
    """

    run: RunWindow | None = None
    now: datetime | None = None
    waited: float = 0.0
    deferrals: int = 0

    @classmethod
    def resumed(cls, kept: Mapping[str, Any] | None) -> Attempt:
        """What :meth:`after` kept. ``airflow dags test`` drops it: the task then waits in place from here on."""
        if kept is None:
            return cls(deferrals=MOST_DEFERRALS)
        moment = datetime.fromisoformat(kept["now"])
        return cls(RunWindow.from_json(kept["run"]), moment, float(kept["waited"]), int(kept["deferrals"]))

    def begin(self, client: UsageClient, run: RunWindow, query: UsageQuery, *, deferrable: bool) -> datetime:
        """Tell the client what was waited and which waits to hand back; the time to load by.

        Lists without history are stored under the day they are seen, so for them it is the time of this execution.
        """
        began = datetime.now(timezone.utc)
        self.run, self.now = run, self.now or began
        client.hand_back(DEFER_FROM if deferrable and self.deferrals < MOST_DEFERRALS else None, self.waited)
        return began if query.metric.history is History.SNAPSHOT else self.now

    def after(self, error: RateLimitedError) -> dict[str, Any]:
        """What the next execution must know: plain JSON, and nothing secret, as Airflow stores it in its database."""
        assert self.run and self.now and error.retry_in is not None
        return {
            "run": self.run.to_json(),
            "now": self.now.isoformat(),
            "waited": round(error.waited + error.retry_in, 3),
            "deferrals": self.deferrals + 1,
        }


def trigger_in(seconds: float) -> BaseTrigger:
    """Airflow's own trigger that fires after so many seconds."""
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger

    return TimeDeltaTrigger(timedelta(seconds=seconds))
