"""Fills a lake with the past of a simulated account, as if it had been loaded all along: for ``make demo`` and
``make ui``.

The tables are those of ``dags_examples/ldusage.py``, loaded without Airflow: those of billed meters for thirteen
months, all others for two. Lists without a history are stored once a month, so that projects which are gone by now
still have a name, and every day for the last two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import config_from_connection
from airflow_provider_ldusage.api.resources import list_projects
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.load import load
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.insight.bill.meters import METERS
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.windows import RunWindow

LISTS = ("projects", "environments")
PAST_OF_OTHERS = timedelta(days=60)
PLAN = {
    "clientside_mau": {"included": 25_000, "price": "8.33", "per": 1000, "currency": "USD"},
    "service_connections": {"included": 150, "price": "10.00", "currency": "USD"},
    "ai_runs": {"included": 60_000},
}
"""What the simulated account's contract says."""


def history_begins(today: date) -> date:
    """The first day of the month a year before, so that there are thirteen months with the current one."""
    return today.replace(year=today.year - 1, day=1)


def fill(simulator: Simulator, lake: Path, until: date) -> Iterator[str]:
    """Load every table through the day before one, and move the simulator's clock along.

    :param until: the first day that is left out
    :return: the tables, each as soon as it is loaded
    """
    store, first = _store(lake), history_begins(until)
    fill_lists(simulator, lake, _days_of_lists(first, until))
    yield from LISTS
    with _client_at(simulator, until) as client:
        for table, arguments in _tables(client):
            start = first if arguments["metric"] in METERS else max(first, until - PAST_OF_OTHERS)
            _load(client, store, Window(start, until), simulator.now, table, **arguments)
            yield table


def fill_lists(simulator: Simulator, lake: Path, days: Iterable[date]) -> None:
    """Load the lists that have no history, each on its day."""
    store = _store(lake)
    for day in days:
        with _client_at(simulator, day) as client:
            for name in LISTS:
                _load(client, store, Window(day, day + timedelta(days=1)), simulator.now, name, metric=name)


def _store(lake: Path) -> Store:
    from fsspec.implementations.local import LocalFileSystem

    from airflow_provider_ldusage.lake.stores import open_store

    lake.mkdir(parents=True, exist_ok=True)
    return open_store(LocalFileSystem(), str(lake), lake.as_uri())


def _load(client: UsageClient, store: Store, days: Window, now: datetime, table: str, **arguments: Any) -> None:
    load(client, UsageQuery.build(**arguments), RunWindow.of_days(days), store, table, LoadOptions(), now=now)


def _client_at(simulator: Simulator, day: date) -> UsageClient:
    """A client at the moment when the daily DAG's run of a day is due. It goes by the server's clock, so it has to be a
    new one whenever that is moved."""
    simulator.now = datetime(day.year, day.month, day.day, 3, tzinfo=timezone.utc)
    connection = simulator.connection()
    return UsageClient(config_from_connection(connection["host"], connection["password"], {}))


def _days_of_lists(first: date, until: date) -> Iterator[date]:
    return (day for day in Window(first, until).days() if day.day == 1 or day >= until - PAST_OF_OTHERS)


def _tables(client: UsageClient) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each load of the example that can ask for a range."""
    from dags_examples.ldusage import A_REQUEST_A_DAY, EVALUATED_ENVIRONMENTS, MAPPED, TABLES, WITHOUT_HISTORY

    for tables in TABLES.values():
        for table, arguments in tables.items():
            if table not in WITHOUT_HISTORY and arguments is not A_REQUEST_A_DAY:
                yield table, {"metric": table, **arguments}
    for mapped in MAPPED.values():
        for table, values in mapped.items():
            if table not in WITHOUT_HISTORY:
                yield from ((table, {"metric": table, **each}) for each in values)
    for project in list_projects(client):
        for key in EVALUATED_ENVIRONMENTS:
            place = {"project_key": project["key"], "environment_key": key}
            yield "evaluations", {"metric": "evaluations", **place}
