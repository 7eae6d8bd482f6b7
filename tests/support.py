"""What the simulator holds, put into the words of the lake: for tests that compare the two row by row.

Written from the lake's contract alone: nothing here asks the provider how it decodes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from airflow_provider_ldusage.testing import Simulator

# What a metadata element may call a dimension instead, under readings of LaunchDarkly's documentation.
OTHER_NAMES = {
    "clientside_mau": {"anonymous": "anonymousV2"},
    "mau_by_category": {"key": "category"},
    "mau": {"projectId": "project", "environmentId": "environment", "sdkName": "sdk", "sdkType": "sdktype"},
}


def metric_of(table: str) -> str:
    """The metric that the name of an example's table says."""
    return table.removesuffix("_total").removesuffix("_by_project")


@dataclass(frozen=True)
class Load:
    """One load: the operator's arguments, and the endpoint of the simulator that answers it."""

    metric: str
    endpoint: str
    group_by: tuple[str, ...] = ()
    filters: Mapping[str, Any] = field(default_factory=dict)
    aggregation_type: str | None = None
    granularity: str | None = None
    path: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join([self.metric, *self.group_by, *map(str, self.path.values()), self.granularity or ""]).rstrip(
            "-"
        )

    @property
    def arguments(self) -> dict[str, Any]:
        """For the query and the operator."""
        return {
            "group_by": list(self.group_by),
            "filters": dict(self.filters),
            "aggregation_type": self.aggregation_type,
            "granularity": self.granularity,
            **self.path,
        }


EVALUATIONS = "evaluations/{projectKey}/{environmentKey}/{featureFlagKey}"
FLAGS = ("banner_text", "kill-switch", "page-size", "ranking-experiment", "retry-policy")
PLACE = ("projectId", "environmentId")
SNAPSHOTS = ("stream_sdk_versions", "sdk_versions_details", "sdk_versions_all", "projects", "environments")

# Every metric of the catalogue at least once, each with what makes it hard.
LOADS = (
    Load("clientside_mau", "clientside-mau", (*PLACE, "sdkAppId", "anonymousV2"), aggregation_type="month_to_date"),
    Load("total_mau", "total-mau", ("projectId", "sdkType"), aggregation_type="incremental"),
    Load("mau", "mau", ("project", "sdk"), aggregation_type="month_to_date"),
    Load("mau_by_category", "mau/bycategory"),
    Load("mau_sdks", "mau/sdks", filters={"sdktype": "server"}),
    Load("clientside_contexts", "clientside-contexts", ("projectId",), aggregation_type="month_to_date"),
    Load("serverside_contexts", "serverside-contexts", ("sdkName",), aggregation_type="month_to_date"),
    Load("total_contexts", "total-contexts", aggregation_type="rolling_30d"),
    Load("events", "events/{type}", path={"event_type": "received"}),
    Load("data_export_events", "data-export-events", ("eventKind", "destinationId"), aggregation_type="incremental"),
    Load("data_export_project_ranking", "data-export-events/projects/ranking"),
    Load("warehouse_export", "warehouse-export", (*PLACE, "destinationId"), aggregation_type="incremental"),
    Load("experimentation_events", "experimentation-events", ("eventKey",), aggregation_type="incremental",
         granularity="hourly"),
    Load("experimentation_keys", "experimentation-keys", ("experimentId",), aggregation_type="month_to_date"),
    Load("evaluations", EVALUATIONS, path={
        "project_key": "default", "environment_key": "production", "feature_flag_key": list(FLAGS)}),
    Load("streams", "streams/{source}", path={"source": "client"}),
    Load("streams_by_sdk_version", "streams/{source}/bysdkversion", path={"source": "server"}),
    Load("stream_sdk_versions", "streams/{source}/sdkversions", path={"source": "server"}),
    Load("service_connections", "service-connections", ("projectId", "sdkName", "sdkVersion", "relayVersion"),
         aggregation_type="incremental"),
    Load("sdk_versions_details", "sdk-versions/details"),
    Load("sdk_versions_all", "sdk-versions/all", filters={"sdkType": ["server"]}),
    Load("observability_errors", "observability/errors", aggregation_type="incremental"),
    Load("observability_logs", "observability/logs", aggregation_type="month_to_date"),
    Load("observability_metrics", "observability/metrics", aggregation_type="month_to_date"),
    Load("observability_sessions", "observability/sessions", filters={"projectKey": ["default", "mobile-app"]},
         aggregation_type="incremental"),
    Load("observability_traces", "observability/traces", aggregation_type="rolling_30d"),
    Load("ai_runs", "ai-runs", ("sdkName",), {"projectKey": ["default"]}, "incremental"),
    Load("vega_ai", "vega-ai", aggregation_type="incremental"),
    Load("projects", ""),
    Load("environments", ""),
)  # fmt: skip

Row = tuple[tuple[str, Any], ...]


def snake(name: str) -> str:
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def expected_rows(sim: Simulator, load: Load, start: date, end: date, columns: list[str]) -> Counter[Row]:
    """The simulator's truth for UTC days [start, end) as rows of a table with these columns (``usage_date`` apart)."""
    found: Counter[Row] = Counter()
    if load.endpoint == "":
        found.update(_row(item, columns, {}) for item in _named(sim, load.metric))
        return found
    path = {_parameter(name): value for name, value in load.path.items()}
    flags = path.pop("featureFlagKey", None)
    for flag in flags if isinstance(flags, list) else [flags]:
        fixed = dict(load.path) if flags is None else {**load.path, "feature_flag_key": flag}
        fixed |= {f"filter_{snake(k)}": v[0] if isinstance(v, list) else v for k, v in load.filters.items()}
        where = dict(path) if flag is None else {**path, "featureFlagKey": flag}
        days = [(start, end)]
        if load.metric in ("mau_sdks", "data_export_project_ranking"):
            ordinals = range(start.toordinal(), end.toordinal())
            days = [(date.fromordinal(n), date.fromordinal(n + 1)) for n in ordinals]
        for first, last in days:
            items = sim.truth(
                load.endpoint, start=first, end=last, group_by=load.group_by, filters=load.filters,
                aggregation_type=load.aggregation_type, granularity=load.granularity, **where,
            )  # fmt: skip
            rows = [_row(item if isinstance(item, dict) else {"sdk": item}, columns, fixed, load) for item in items]
            found.update(rows)
    return found


def _parameter(argument: str) -> str:
    return {"event_type": "type", "project_key": "projectKey", "environment_key": "environmentKey",
            "feature_flag_key": "featureFlagKey"}.get(argument, argument)  # fmt: skip


def _named(sim: Simulator, metric: str) -> list[dict[str, Any]]:
    """Projects and environments as the simulator's account has them."""
    import requests

    def items(path: str) -> list[dict[str, Any]]:
        answer = requests.get(sim.url + path, params={"limit": 100}, headers={"Authorization": sim.token}, timeout=10)
        answer.raise_for_status()
        return answer.json()["items"]

    projects = items("/api/v2/projects")
    if metric == "projects":
        return [{"id": project["_id"], "key": project["key"], "name": project["name"]} for project in projects]
    return [
        {"projectId": project["_id"], "projectKey": project["key"], "id": found["_id"], "key": found["key"],
         "name": found["name"]}
        for project in projects
        for found in items(f"/api/v2/projects/{project['key']}/environments")
    ]  # fmt: skip


def _row(item: Mapping[str, Any], columns: list[str], fixed: Mapping[str, Any], load: Load | None = None) -> Row:
    values: dict[str, Any] = {name: fixed.get(name) for name in columns}
    extra: dict[str, Any] = {}
    others = OTHER_NAMES.get(load.metric if load else "", {})
    for key, value in item.items():
        column = snake(others.get(key, key))
        if key == "components":
            values["components_streaming"] = value["streaming"]
        elif column in ("time", "value", "rank", "usage"):
            values[column] = value
        elif column in columns and column not in fixed:
            values[column] = text(value)
            if load and load.metric == "evaluations" and _looks_like_json(value):
                extra[key] = value
        elif fixed.get(column) != value:
            extra[key] = value
    if "extra" in columns:
        values["extra"] = _json(extra) if extra else None
    return tuple(sorted(values.items()))


def _looks_like_json(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def stored_rows(table: Path) -> Counter[Row]:
    """All rows of a table, with ``time`` in ms; also checks that each lies in its own day's partition."""
    found: Counter[Row] = Counter()
    data = ds.dataset(table, partitioning=ds.partitioning(flavor="hive")).to_table()
    for row in data.to_pylist():
        day = row.pop("usage_date")
        if "time" in row:
            assert row["time"].date().isoformat() == day, f"{table.name}: {row} lies in the partition of {day}"
            row["time"] = int(row["time"].timestamp() * 1000)
        found[tuple(sorted(row.items()))] += 1
    return found


def columns_of(lake: Path, table: str) -> list[str]:
    description = json.loads((lake / "_ldusage" / f"{table}.json").read_text())
    return [column["name"] for column in description["schema"]]


def day_files(table: Path) -> dict[str, bytes]:
    """Every file below a table, by its path within it."""
    return {str(path.relative_to(table)): path.read_bytes() for path in sorted(table.rglob("*")) if path.is_file()}


def without_zeros(rows: Counter[Row]) -> Counter[Row]:
    return Counter({row: count for row, count in rows.items() if dict(row).get("value") != 0})
