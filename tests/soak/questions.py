"""The questions that the world understands, and their answers in LaunchDarkly's shapes.

Source: https://launchdarkly.com/docs/api/account-usage-beta, /docs/api/projects, /environments and /feature-flags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote, urlencode

from tests.soak.account import DAY, KINDS, Feed, days, midnight
from tests.soak.truth import VARIATIONS, Truth

PAGE = 4  # items of a page, however many are asked for: so the soak's lists have several
YEAR = timedelta(days=365)
HALF_DAY_MS = 12 * 3_600_000

Pairs = Sequence[tuple[str, str]]
Asked = tuple[str, date, date]

PLACE = {"projectKey", "environmentKey"}
SERIES = {"from", "to", "groupBy", "aggregationType", "granularity"} | PLACE
ALLOWED = {
    "service_connections": SERIES,
    "total_mau": SERIES,
    "data_export_events": SERIES | {"eventKind"},
    "mau_sdks": {"from", "to", "sdktype"},
    "evaluations": {"from", "to", "tz"},
}
MANY = {"groupBy", "eventKind"} | PLACE
GROUPS = {"service_connections": "projectId", "total_mau": "projectId", "data_export_events": "eventKind"}
METRICS = {kind.path: metric for metric, kind in KINDS.items()}
CODES = {400: "invalid_request", 403: "forbidden", 404: "not_found", 429: "rate_limited", 500: "internal_server_error"}


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, CODES.get(status, "service_unavailable")


def usage_body(truth: Truth, path: str, pairs: Pairs, moment: datetime) -> tuple[Asked, Any]:
    """What was asked for (path, first day, last day), and the answer.

    :raises Refused: what the documentation refuses, and the account's troubles
    """
    parts = path.split("/")
    if parts[1] == "evaluations" and len(parts) == 5:
        metric, place = "evaluations", [unquote(part) for part in parts[2:]]
    elif path in METRICS:
        metric, place = METRICS[path], ["", "", ""]
    else:
        raise Refused(404, f"unknown path {path}")
    given = _given(pairs, ALLOWED[metric])
    start, end = _range(given)
    first, last = start.date(), (end - timedelta(microseconds=1)).date()
    project, environment, flag = place
    feed = Feed(metric, project or given.get("projectKey", [""])[0], environment)
    _check_place(truth, feed, flag, moment)
    how = truth.trouble(feed, first, last, moment)
    if how in ("400", "500"):
        raise Refused(int(how), f"No data for the range {first} to {last}.")
    if how == "shape":
        return (path, first, last), {"metadata": [{}], "series": {"0": 1}, "sdks": {"0": 1}}
    wanted = days(first, last + DAY)
    if metric == "mau_sdks":
        return (path, first, last), {
            "_links": {}, "sdks": sorted({name for day in wanted for name in truth.points(feed, day, moment)})
        }  # fmt: skip
    if metric == "evaluations":
        finer = end - start < 2 * DAY
        return (path, first, last), _series(
            "key", {day: truth.points(feed, day, moment, flag) for day in wanted}, VARIATIONS, halves=finer
        )
    _check_variant(feed, given)
    names = truth.series(feed)
    body = _series(GROUPS[metric], {day: truth.points(feed, day, moment) for day in wanted}, names)
    if metric == "service_connections":
        for point in body["series"]:
            point.update({key: value / 2 for key, value in point.items() if key != "time"})
    if metric == "data_export_events":
        through = truth.through(moment)
        body["dataThrough"] = through.strftime("%Y-%m-%dT%H:%M:%SZ")
        body["delayed"] = moment - through > timedelta(hours=8)
    return (path, first, last), body


def _series(dimension: str, points: dict[date, dict[str, int]], names: Sequence[str], *, halves: bool = False) -> Any:
    """An answer; ``halves``: finer than days, as short ranges of evaluations are."""
    seen = [name for name in names if any(name in figures for figures in points.values())]
    series: list[dict[str, Any]] = []
    for day, figures in points.items():
        time = int(midnight(day).timestamp() * 1000)
        told = {str(n): figures[name] for n, name in enumerate(seen) if name in figures}
        if told and halves:
            series.append({"time": time, **{key: value - value // 2 for key, value in told.items()}})
            told, time = {key: value // 2 for key, value in told.items()}, time + HALF_DAY_MS
        if told:
            series.append({"time": time, **told})
    return {"_links": {}, "metadata": [{dimension: name} for name in seen], "series": series}


def _given(pairs: Pairs, allowed: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in allowed:
            raise Refused(400, f"Unknown query parameter: {name}")
        if not value or "," in value:
            raise Refused(400, f"Invalid {name} argument: {value}")
        found.setdefault(name, []).append(value)
    for name, values in found.items():
        if name not in MANY and len(values) > 1:
            raise Refused(400, f"Invalid {name} argument: it can be given once only")
    return found


def _range(given: dict[str, list[str]]) -> tuple[datetime, datetime]:
    found = []
    for name in ("from", "to"):
        text = given.get(name, [""])[0]
        if not (text.isascii() and text.isdigit() and 946_684_800_000 <= int(text) < 4_102_444_800_000):
            raise Refused(400, f"Invalid {name} argument: {text}")
        found.append(datetime.fromtimestamp(int(text) / 1000, timezone.utc))
    start, end = found
    if start >= end:
        raise Refused(400, "Invalid range: from must be before to")
    if end - start > YEAR:
        raise Refused(400, "Invalid range: the maximum time range is 365 days")
    return start, end


def _check_place(truth: Truth, feed: Feed, flag: str, moment: datetime) -> None:
    project = truth.project(feed.project, moment) if feed.project else None
    if feed.project and project is None:
        raise Refused(404, "unknown project")
    if feed.metric != "evaluations" or project is None:
        return
    if feed.environment not in project.environments:
        raise Refused(404, "unknown environment")
    if not truth.flag_answers(feed.project, flag, moment):
        raise Refused(404, "unknown flag")


def _check_variant(feed: Feed, given: dict[str, list[str]]) -> None:
    """The soak asks for one variant of each metric, and the world knows no other."""
    expected = "month_to_date" if feed.kind.cumulative else "incremental"
    if given.get("aggregationType") != [expected] or given.get("granularity") != ["daily"]:
        raise Refused(400, "Invalid aggregationType or granularity argument")
    if given.get("groupBy") != [GROUPS[feed.metric]] or len(given.get("projectKey", [""])) > 1:
        raise Refused(400, "Invalid group by argument")


# --- beside usage


def helper_body(truth: Truth, path: str, pairs: Pairs, moment: datetime) -> Any:
    """The token's identity, and the paged lists of projects, environments and flags."""
    parts = [unquote(part) for part in path.split("/")]
    if parts == ["caller-identity"]:
        return {"accountId": truth.account.id, "authKind": "token"}
    if parts == ["projects"]:
        listed: list[dict[str, Any]] = [
            {"_id": one.id, "key": one.key, "name": one.key.title()} for one in truth.projects(moment)
        ]
        return _page(path, pairs, listed)
    if len(parts) == 3 and parts[0] == "projects" and parts[2] == "environments":
        project = truth.project(parts[1], moment)
        if project is None:
            raise Refused(404, "unknown project")
        items = [
            {"_id": one["id"], "key": one["key"], "name": one["name"], "apiKey": "sdk-SECRET"}
            for one in truth.environments(project)
        ]
        return _page(path, pairs, items)
    if len(parts) == 2 and parts[0] == "flags":
        if truth.project(parts[1], moment) is None:
            raise Refused(404, "unknown project")
        states = [value for name, value in pairs if name == "filter"]
        if states not in ([], ["state:archived"]):
            raise Refused(400, f"Invalid filter argument: {states}")
        flags = truth.flags(parts[1], moment, archived=bool(states))
        return _page(path, pairs, [{"key": one.key, "name": one.key} for one in flags])
    raise Refused(404, f"unknown path {path}")


def _page(path: str, pairs: Pairs, items: list[dict[str, Any]]) -> Any:
    given = dict(pairs)
    if unknown := set(given) - {"limit", "offset", "filter"}:
        raise Refused(400, f"Unknown query parameters: {sorted(unknown)}")
    offset, limit = int(given.get("offset", 0)), min(int(given.get("limit", 20)), PAGE)
    links: dict[str, Any] = {"self": {"href": f"/api/v2/{path}"}}
    if offset + limit < len(items):
        following = {**given, "offset": str(offset + limit), "limit": str(limit)}
        links["next"] = {"href": f"/api/v2/{path}?{urlencode(following)}"}
    return {"_links": links, "items": items[offset : offset + limit], "totalCount": len(items)}
