"""One load of the package under test, as its operator runs it. All that the soak knows of the package is here."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import config_from_connection
from airflow_provider_ldusage.api.session import build_session
from airflow_provider_ldusage.engine.load import LoadOptions, load
from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.windows import RunWindow, resolve_window
from tests.soak.events import Step
from tests.soak.rules import Load
from tests.soak.stores import Place
from tests.soak.world import Caller, Ticket

WRITES = ("put", "create", "swap")
READS = ("read", "read_end", "read_versioned", "check", "persist", "sweep")
RUN_TYPES = {"asset": "asset_triggered", "partition": "scheduled", "named": "manual"}


class Killed(BaseException):
    """What a load meets that is killed: nothing it does takes effect any more."""


@dataclass(frozen=True)
class Done:
    """How a load ended: with a report, an error of the package's own, or a death."""

    report: Any = None
    error: LaunchDarklyUsageError | None = None
    killed: bool = False


def _die() -> NoReturn:
    raise Killed


def run(
    step: Step, ticket: Ticket, caller: Caller, url: str, place: Place, *, die: Callable[[], NoReturn] = _die
) -> Done:
    """Load, by a clock that is wrong by ``step.skew`` seconds.

    :param die: what a load does that is killed
    :raises Exception: whatever the package did not mean to raise
    """
    told = step.load
    store = open_store(place.fs, place.root, place.uri)
    _watch(store, step.kill, die, caller)
    config = config_from_connection(url, ticket.token, {})

    def clock() -> float:
        return caller.moment.timestamp() + step.skew

    try:
        with (
            build_session(config) as session,
            UsageClient(config, session=session, sleep=_no_time, clock=clock, rng=random.Random(1)) as client,
        ):
            session.headers.update(ticket.headers)
            report = load(
                client,
                UsageQuery.build(told.feed.metric, **told.feed.query),
                window(told),
                store,
                told.table,
                LoadOptions(
                    lookback=told.lookback,
                    include_open_day=told.include_open_day,
                    on_empty=told.on_empty,
                    max_requests=told.max_requests,
                ),
                now=told.moment,
            )
        return Done(report)
    except LaunchDarklyUsageError as error:
        return Done(error=error)
    except Killed:
        return Done(killed=True)


def window(told: Load) -> RunWindow:
    """What the package makes of a run: its instants go in as Airflow tells them."""
    run_type = RUN_TYPES.get(told.kind, told.kind)
    if told.kind == "named" and told.days:
        return resolve_window(start=told.days[0], end=told.days[1], run_after=told.at, run_type=run_type)
    if told.kind == "partition" and told.days:
        return resolve_window(partition_date=told.days[0], run_after=told.at, run_type=run_type)
    return resolve_window(previous=told.previous, run_after=told.at, run_type=run_type)


def _no_time(seconds: float) -> None:
    """Waiting takes none."""


def _watch(store: Store, writes: int | None, die: Callable[[], NoReturn], caller: Caller) -> None:
    """Let the caller's time go on with what the load does to the store; and let the load die, as far as the store is
    concerned, when it begins its n-th write."""
    lock, begun = threading.Lock(), [0]

    def watched(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            with lock:
                caller.go_on()
                begun[0] += name in WRITES
                if writes is not None and begun[0] >= writes:
                    die()
            return act(*args, **options)

        return call

    for name in (*WRITES, *READS):
        setattr(store, name, watched(name, getattr(store, name)))
