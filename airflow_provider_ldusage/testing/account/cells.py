"""The cells of the simulated usage: the finest combinations of dimensions in which the account has usage.

Every figure of the simulator is a sum, or a union, over cells. A cell names its dimensions as the API's metadata do
(`projectId`, `sdkName`, ...) and, for filters, as parameters do (`projectKey`).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from airflow_provider_ldusage.testing.account.courses import STEADY, Course
from airflow_provider_ldusage.testing.account.model import (
    CONTEXT_KINDS,
    Account,
    Destination,
    Environment,
    Flag,
    Project,
)

_WEIGHTS = {"production": 10, "staging": 3, "test": 1, "legacy": 2}
_MANY_VARIATIONS = 20
_FREQUENT_VARIATIONS = 9


@dataclass(frozen=True, eq=False)
class Cell:
    """One combination of dimensions.

    :param key: what all figures of the cell are derived from; unique in the account's figure
    :param labels: dimension name to value; None where the usage lacks the dimension
    :param scale: usage of an ordinary weekday, in the figure's unit; unused for unique keys
    :param activity: percentage of days that have any usage
    :param universe: for unique keys, the number of the set they are drawn from; cells of one universe share keys
    :param current: whether its project and environment still exist
    :param until: the minute since 1970 at which its usage ends; None if it does not end
    :param course: how its project's usage develops
    :param weight: of its environment; 10 for production
    """

    key: str
    labels: Mapping[str, Any]
    scale: int = 0
    activity: int = 100
    universe: int = 0
    current: bool = True
    until: int | None = None
    course: Course = STEADY
    weight: int = 10


@lru_cache(maxsize=64)
def cells_of(account: Account, figure: str) -> tuple[Cell, ...]:
    """All cells of one figure. The cells of ``evaluations`` are in :func:`evaluation_cells`.

    :param account: the account
    :param figure: such as ``contexts`` or ``observability/logs``
    :returns: the cells, the same objects for the same arguments
    :raises KeyError: there is no such figure
    """
    return tuple(_FIGURES[figure](account))


@lru_cache(maxsize=4096)
def evaluation_cells(account: Account, project_key: str, environment_key: str, flag_key: str) -> tuple[Cell, ...]:
    """The cells of one flag in one environment.

    :param account: the account
    :param project_key: key of the project
    :param environment_key: key of a current environment
    :param flag_key: key of the flag
    :returns: one cell a variation, in variation order; none in an idle project
    """
    for place in _places(account):
        if (place.project.key, place.environment.key) == (project_key, environment_key) and place.current:
            flag = place.project.flag(flag_key)
            return tuple(_evaluations(account, place, flag)) if flag else ()
    return ()


@dataclass(frozen=True)
class _Place:
    """An environment that has usage."""

    account: Account
    project: Project
    environment: Environment

    @property
    def weight(self) -> int:
        """How much usage it has beside the others."""
        return _WEIGHTS[self.environment.key]

    @property
    def labels(self) -> dict[str, Any]:
        return {
            "projectId": self.project.id,
            "projectKey": self.project.key,
            "environmentId": self.environment.id,
            "environmentKey": self.environment.key,
        }

    @property
    def current(self) -> bool:
        return not (self.project.deleted or self.environment.deleted)

    @property
    def until(self) -> int | None:
        ends = [one.ended for one in (self.project, self.environment) if one.ended is not None]
        return min(ends, default=None)

    def cell(self, figure: str, labels: Mapping[str, Any], low: int, high: int) -> Cell:
        """A cell of this place whose scale is between `low` and `high`, times the place's weight."""
        cell = _cell(self.account, figure, {**self.labels, **labels}, low * self.weight, high * self.weight)
        return self._here(cell)

    def unique_cell(self, figure: str, labels: Mapping[str, Any], universe: int) -> Cell:
        """A cell of this place that counts unique keys of a universe."""
        cell = _cell(self.account, figure, {**self.labels, **labels}, 1, 1)
        return replace(self._here(cell), universe=universe)

    def _here(self, cell: Cell) -> Cell:
        return replace(cell, current=self.current, until=self.until, course=self.project.course, weight=self.weight)


def _places(account: Account) -> Iterator[_Place]:
    for project in account.projects:
        if not project.idle:
            for environment in project.environments:
                yield _Place(account, project, environment)


def _cell(account: Account, figure: str, labels: Mapping[str, Any], low: int, high: int) -> Cell:
    key = "|".join((account.id, figure, json.dumps(labels, sort_keys=True, default=str)))
    # A third of the combinations is sparse: absent on some days.
    activity = 100 if zlib.crc32(b"activity" + key.encode()) % 3 else _draw("sparse" + key, 45, 85)
    return Cell(key, labels, _draw("scale" + key, low, high), activity)


def _draw(text: str, low: int, high: int) -> int:
    """A number in [low, high] that is always the same for the same text."""
    return low + zlib.crc32(text.encode()) % (high - low + 1)


def _contexts(account: Account) -> Iterator[Cell]:
    for place in _places(account):
        for sdk, application in place.project.applications:
            for universe, kind in enumerate(CONTEXT_KINDS):
                if kind == ("organization" if sdk.category == "mobile" else "device"):
                    continue
                for anonymous in ("false", "true") if kind == "user" and sdk.side == "client" else ("false",):
                    labels = {
                        "sdkName": sdk.name,
                        "sdkType": sdk.side,
                        "sdkAppId": application,
                        "contextKind": kind,
                        "anonymous": anonymous,
                        "category": sdk.category,
                    }
                    yield place.unique_cell("contexts", labels, universe)


def _service_connections(account: Account) -> Iterator[Cell]:
    for place in _places(account):
        for sdk, application in place.project.applications:
            if sdk.side != "server":
                continue
            connections: list[tuple[str, str | None]] = [("direct", None)]
            if place.environment.key == "production" and sdk.name in ("Go", "Python"):
                connections.append(("proxy", "8.17.8" if sdk.name == "Go" else None))
            for version in sdk.versions:
                for connection, relay in connections:
                    labels = {
                        "sdkName": sdk.name,
                        "sdkVersion": version.number,
                        "sdkType": "server",
                        "sdkAppId": application,
                        "connectionType": connection,
                        "relayVersion": relay,
                    }
                    # In half minutes: an instance that is connected all day makes 2880 of them.
                    yield place.cell("service-connections", labels, 600, 2880)


def _data_export(account: Account) -> Iterator[Cell]:
    for place, destination in _exports(account, account.streaming_destinations):
        for kind in ("feature", "identify", "custom"):
            labels = {"eventKind": kind, "destinationKind": destination.kind, "destination": destination}
            yield place.cell("data-export", labels, 300, 1200)


def _warehouse(account: Account) -> Iterator[Cell]:
    for place, destination in _exports(account, account.warehouse_destinations):
        labels = {"eventKind": None, "destinationKind": destination.kind, "destination": destination}
        yield place.cell("warehouse", labels, 2000, 8000)


def _exports(account: Account, destinations: tuple[Destination, ...]) -> Iterator[tuple[_Place, Destination]]:
    """Each place that exports data, with each destination that it feeds."""
    for place in _places(account):
        if place.project.basic or place.environment.key == "test":
            continue
        for number, destination in enumerate(destinations):
            if (number + account.projects.index(place.project)) % 3 == 0 and destination.id:
                continue  # Not every project feeds every destination.
            yield place, destination


def _experiments(account: Account) -> Iterator[tuple[_Place, str]]:
    """Each place that runs experiments, with the name of each of them."""
    for place in _places(account):
        if not place.project.basic:
            yield place, "signup"
            if place.environment.key != "test":
                yield place, "pricing"


def _experimentation_keys(account: Account) -> Iterator[Cell]:
    # The same context key in two experiments counts twice, so each experiment has a universe of its own.
    for universe, (place, name) in enumerate(_experiments(account)):
        yield place.unique_cell("experimentation-keys", {"experimentId": f"{place.project.key}-{name}"}, universe)


def _experimentation_events(account: Account) -> Iterator[Cell]:
    for place, name in _experiments(account):
        for event, kind in ((f"{name}-completed", "custom"), (f"{name}-clicked", "click"), (None, "pageview")):
            yield place.cell("experimentation-events", {"eventKey": event, "eventKind": kind, "name": name}, 20, 90)


def _ai_runs(account: Account) -> Iterator[Cell]:
    for place in _places(account):
        for sdk, _ in place.project.applications:
            if sdk.name in ("Node.js", "Python"):
                for version in sdk.versions:
                    labels = {"sdkName": sdk.name, "sdkVersion": version.number, "sdkType": sdk.side}
                    yield place.cell("ai-runs", labels, 5, 30)


def _events(account: Account) -> Iterator[Cell]:
    for place in _places(account):
        for kind, scale in (("received", 9000), ("published", 700)):
            yield place.cell("events", {"type": kind}, scale, 2 * scale)


def _streams(account: Account) -> Iterator[Cell]:
    for place in _places(account):
        for sdk, application in place.project.applications:
            for version in sdk.versions:
                labels = {"sdk": sdk.name, "version": version.number, "source": sdk.side, "app": application}
                yield place.cell("streams", labels, 15, 60)


def _evaluations(account: Account, place: _Place, flag: Flag) -> Iterator[Cell]:
    many = len(flag.variations) > _MANY_VARIATIONS
    for number, value in enumerate(flag.variations):
        labels = {**place.labels, "flag": flag.key, "variation": number, "value": value}
        cell = _cell(account, "evaluations", labels, 40, 9000)
        # The rare variations of a flag with many are each seen on a few days only.
        activity = 12 if many and number >= _FREQUENT_VARIATIONS else cell.activity
        yield replace(cell, activity=activity, until=flag.ended, course=place.project.course)


def _per_project(account: Account, *, figure: str, low: int, high: int) -> Iterator[Cell]:
    for project in account.projects:
        if not project.idle:
            cell = _cell(account, figure, {"projectId": project.id, "projectKey": project.key}, low, high)
            yield replace(cell, current=not project.deleted, until=project.ended, course=project.course)


_PROJECT_SCALES = {
    "observability/errors": (40, 900),
    "observability/logs": (3_000_000, 25_000_000),
    "observability/metrics": (10_000, 90_000),
    "observability/sessions": (60, 1200),
    "observability/traces": (5_000, 80_000),
    "vega-ai": (1, 25),
}

_FIGURES: Mapping[str, Callable[[Account], Iterator[Cell]]] = {
    "contexts": _contexts,
    "service-connections": _service_connections,
    "data-export": _data_export,
    "warehouse": _warehouse,
    "experimentation-events": _experimentation_events,
    "experimentation-keys": _experimentation_keys,
    "ai-runs": _ai_runs,
    "events": _events,
    "streams": _streams,
    **{
        figure: partial(_per_project, figure=figure, low=low, high=high)
        for figure, (low, high) in _PROJECT_SCALES.items()
    },
}
