"""The cells of the simulated usage: the finest combinations of dimensions in which the account has usage.

Every figure of the simulator is a sum, or a union, over cells. A cell knows its dimensions under the names that the
API's metadata use (`projectId`, `sdkName`, ...) and, for filters, those that only parameters use (`projectKey`).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from airflow_provider_ldusage.testing.account import (
    APPLICATIONS,
    CONTEXT_KINDS,
    Account,
    Destination,
    Environment,
    Flag,
    Project,
)


@dataclass(frozen=True, eq=False)
class Cell:
    """One combination of dimensions.

    Attributes:
        key: what all figures of the cell are derived from; unique in the account's figure.
        labels: dimension name to value; None where the usage lacks the dimension.
        scale: usage of an ordinary weekday, in the figure's unit; unused for unique things.
        activity: percentage of days that have any usage.
        universe: for unique things: the number of the set of keys it draws from. Cells of one universe share keys.
        current: whether its project and environment still exist.
        until: the minute since 1970 with which its usage ends; None: it goes on.
    """

    key: str
    labels: Mapping[str, Any]
    scale: int = 0
    activity: int = 100
    universe: int = 0
    current: bool = True
    until: int | None = None


def _draw(text: str, low: int, high: int) -> int:
    """A number in [low, high] that is always the same for the same text."""
    return low + zlib.crc32(text.encode()) % (high - low + 1)


def _cell(account: Account, figure: str, labels: dict[str, Any], low: int, high: int, **more: Any) -> Cell:
    key = "|".join((account.id, figure, json.dumps(labels, sort_keys=True, default=str)))
    # A third of the combinations is sparse: absent on some days.
    activity = 100 if zlib.crc32(b"activity" + key.encode()) % 3 else _draw("sparse" + key, 45, 85)
    return Cell(key=key, labels=labels, scale=_draw("scale" + key, low, high), activity=activity, **more)


def _places(account: Account) -> Iterator[tuple[Project, Environment, dict[str, Any], int, dict[str, Any]]]:
    """Each environment that has usage, with its labels, its weight, and how long its cells last."""
    weights = {"production": 10, "staging": 3, "test": 1, "legacy": 2}
    for project in account.projects:
        if project.idle:
            continue
        for environment in project.environments:
            labels = {
                "projectId": project.id,
                "projectKey": project.key,
                "environmentId": environment.id,
                "environmentKey": environment.key,
            }
            ends = [one.ended for one in (project, environment) if one.ended is not None]
            lasts = {"current": not (project.deleted or environment.deleted), "until": min(ends, default=None)}
            yield project, environment, labels, weights[environment.key], lasts


def _contexts(account: Account) -> Iterator[Cell]:
    for project, _, place, _, lasts in _places(account):
        for sdk, application in APPLICATIONS[project.key]:
            for universe, kind in enumerate(CONTEXT_KINDS):
                if kind == "device" and sdk.category != "mobile":
                    continue
                if kind == "organization" and sdk.category == "mobile":
                    continue
                for anonymous in ("false", "true") if kind == "user" and sdk.side == "client" else ("false",):
                    labels = {
                        **place,
                        "sdkName": sdk.name,
                        "sdkType": sdk.side,
                        "sdkAppId": application,
                        "contextKind": kind,
                        "anonymous": anonymous,
                        "category": sdk.category,
                    }
                    yield _cell(account, "contexts", labels, 1, 1, universe=universe, **lasts)


def _service_connections(account: Account) -> Iterator[Cell]:
    for project, environment, place, weight, lasts in _places(account):
        for sdk, application in APPLICATIONS[project.key]:
            if sdk.side != "server":
                continue
            for version, _ in sdk.versions:
                proxied = environment.key == "production" and sdk.name in ("Go", "Python")
                for connection, relay in (("direct", None), ("proxy", "8.17.8" if sdk.name == "Go" else None)):
                    if connection == "proxy" and not proxied:
                        continue
                    labels = {
                        **place,
                        "sdkName": sdk.name,
                        "sdkVersion": version,
                        "sdkType": "server",
                        "sdkAppId": application,
                        "connectionType": connection,
                        "relayVersion": relay,
                    }
                    # In half minutes: an instance that is connected all day makes 2880 of them.
                    yield _cell(account, "service-connections", labels, 600 * weight, 2880 * weight, **lasts)


def _exports(account: Account, figure: str, destinations: tuple[Destination, ...], low: int) -> Iterator[Cell]:
    for project, environment, place, weight, lasts in _places(account):
        if project.basic or environment.key == "test":
            continue
        for number, destination in enumerate(destinations):
            if (number + account.projects.index(project)) % 3 == 0 and destination.id:
                continue  # Not every project feeds every destination.
            for kind in ("feature", "identify", "custom") if figure == "data-export" else (None,):
                labels = {**place, "eventKind": kind, "destinationKind": destination.kind, "destination": destination}
                yield _cell(account, figure, labels, low * weight, 4 * low * weight, **lasts)


def _experiments(account: Account, figure: str) -> Iterator[Cell]:
    number = 0
    for project, environment, place, weight, lasts in _places(account):
        if project.basic:
            continue
        for name in ("signup", "pricing"):
            if name == "pricing" and environment.key == "test":
                continue
            if figure == "experimentation-keys":
                # The same context key in two experiments counts twice: each experiment has keys of its own.
                labels = {**place, "experimentId": f"{project.key}-{name}"}
                yield _cell(account, figure, labels, 1, 1, universe=number, **lasts)
                number += 1
                continue
            for event, kind in ((f"{name}-completed", "custom"), (f"{name}-clicked", "click"), (None, "pageview")):
                labels = {**place, "eventKey": event, "eventKind": kind}
                yield _cell(account, figure, {**labels, "name": name}, 20 * weight, 90 * weight, **lasts)


def _ai_runs(account: Account) -> Iterator[Cell]:
    for project, _, place, weight, lasts in _places(account):
        for sdk, _ in APPLICATIONS[project.key]:
            if sdk.name in ("Node.js", "Python"):
                for version, _ in sdk.versions:
                    labels = {**place, "sdkName": sdk.name, "sdkVersion": version, "sdkType": sdk.side}
                    yield _cell(account, "ai-runs", labels, 5 * weight, 30 * weight, **lasts)


def _per_project(account: Account, figure: str, low: int, high: int) -> Iterator[Cell]:
    for project in account.projects:
        if not project.idle:
            labels = {"projectId": project.id, "projectKey": project.key}
            yield _cell(account, figure, labels, low, high, current=not project.deleted, until=project.ended)


def _events(account: Account) -> Iterator[Cell]:
    for _, _, place, weight, lasts in _places(account):
        for kind, scale in (("received", 9000), ("published", 700)):
            labels = {**place, "type": kind}
            yield _cell(account, "events", labels, scale * weight, 2 * scale * weight, **lasts)


def _streams(account: Account) -> Iterator[Cell]:
    for project, _, place, weight, lasts in _places(account):
        for sdk, application in APPLICATIONS[project.key]:
            for version, _ in sdk.versions:
                labels = {
                    **place,
                    "sdk": sdk.name,
                    "version": version,
                    "source": sdk.side,
                    "app": application,
                }
                yield _cell(account, "streams", labels, 15 * weight, 60 * weight, **lasts)


def _evaluations(account: Account, place: Mapping[str, Any], flag: Flag) -> Iterator[Cell]:
    many = len(flag.variations) > 20
    for number, value in enumerate(flag.variations):
        labels = {**place, "flag": flag.key, "variation": number, "value": value}
        cell = _cell(account, "evaluations", labels, 40, 9000)
        # The rare variations of a flag with many are each seen on a few days only.
        yield Cell(cell.key, labels, cell.scale, 12, 0) if many and number > 8 else cell


@lru_cache(maxsize=64)
def cells_of(account: Account, figure: str) -> tuple[Cell, ...]:
    """All cells of one figure, such as ``contexts`` or ``observability/logs``."""
    if figure == "contexts":
        return tuple(_contexts(account))
    if figure == "service-connections":
        return tuple(_service_connections(account))
    if figure == "data-export":
        return tuple(_exports(account, figure, account.streaming_destinations, 300))
    if figure == "warehouse":
        return tuple(_exports(account, figure, account.warehouse_destinations, 2000))
    if figure in ("experimentation-events", "experimentation-keys"):
        return tuple(_experiments(account, figure))
    if figure == "ai-runs":
        return tuple(_ai_runs(account))
    if figure == "events":
        return tuple(_events(account))
    if figure == "streams":
        return tuple(_streams(account))
    low, high = _PROJECT_SCALES[figure]
    return tuple(_per_project(account, figure, low, high))


_PROJECT_SCALES = {
    "observability/errors": (40, 900),
    "observability/logs": (400_000_000, 3_000_000_000),
    "observability/metrics": (10_000, 90_000),
    "observability/sessions": (60, 1200),
    "observability/traces": (5_000, 80_000),
    "vega-ai": (1, 25),
}


@lru_cache(maxsize=4096)
def evaluation_cells(account: Account, project_key: str, environment_key: str, flag_key: str) -> tuple[Cell, ...]:
    """The cells of one flag in one environment: one a variation, in variation order; none in an idle project."""
    for project, environment, place, _, lasts in _places(account):
        if (project.key, environment.key) == (project_key, environment_key) and lasts["current"]:
            flag = project.flag(flag_key)
            return tuple(_evaluations(account, place, flag)) if flag else ()
    return ()
