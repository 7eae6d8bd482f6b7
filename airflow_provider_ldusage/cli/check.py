"""``ldusage check``: whether a LaunchDarkly connection works, and which endpoints it may read"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.cli.output import Result, error_text, pairs_text, table_text
from airflow_provider_ldusage.days import DAY, Window, utc_day, utc_now
from airflow_provider_ldusage.exceptions import (
    ForbiddenError,
    LaunchDarklyApiError,
    LaunchDarklyUsageError,
    NotFoundError,
    ServerTroubleError,
    UnauthorizedError,
)
from airflow_provider_ldusage.log_text import counted
from airflow_provider_ldusage.metrics import BETA, METRICS, Metric

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

DEFAULT = "launchdarkly_default"
USAGE = "[CONN_ID]"
WORKS, FORBIDDEN, NOT_FOUND, FAILED, UNTRIED = "ok", "forbidden", "not found", "error", "not tried"
KEYS = {
    "environmentKey": "/api/v2/projects/{projectKey}/environments",
    "featureFlagKey": "/api/v2/flags/{projectKey}",
}
"""What a path may name of a project -> the list of it."""


@dataclass(frozen=True)
class Finding:
    """What came of asking one endpoint.

    :param result: :data:`WORKS`, :data:`FORBIDDEN`, :data:`NOT_FOUND`, :data:`FAILED` or :data:`UNTRIED`
    :param error: what went wrong and what to do; None if nothing did
    """

    metric: Metric
    result: str
    status: int | None = None
    error: LaunchDarklyUsageError | None = None

    @property
    def message(self) -> str:
        """The error's message; empty without one."""
        return "" if self.error is None else str(self.error)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("conn_id", nargs="?", default=DEFAULT, metavar="CONN_ID", help=f"default: {DEFAULT}")


def run(given: argparse.Namespace) -> Result:
    """Ask for the account, then each endpoint once, for the shortest range.

    :raises ConnectionConfigError: the connection is not defined, or a field of it is invalid
    :raises LaunchDarklyApiError: LaunchDarkly does not know the token, or cannot be reached
    """
    from airflow_provider_ldusage.cli.places import open_client

    with open_client(given.conn_id) as client:
        account = client.account()
        ahead = round((utc_now() - client.now()).total_seconds())
        findings = list(_findings(client))
    works = any(each.result == WORKS and each.metric.api_version == BETA for each in findings)
    about = {"connection": given.conn_id, "host": account.host, "account": account.id}
    data = {
        **about,
        "clock_ahead_seconds": ahead,
        "endpoints": [
            {"metric": each.metric.name, "result": each.result, "status": each.status, "message": each.message}
            for each in findings
        ],
    }
    head = pairs_text({**about, "this machine's clock": _clock(ahead)})
    rows = [[each.metric.name, each.metric.family, each.result] for each in findings]
    parts = [head, table_text(["endpoint of", "family", "result"], rows), *_remedies(findings), _summary(findings)]
    return Result(data, "\n\n".join(parts), 0 if works else 1)


def _findings(client: UsageClient) -> Iterator[Finding]:
    keys: dict[str, str] | None = None
    for metric in METRICS.values():
        needed = _places(metric) - {each.parameter for each in metric.path_arguments if each.allowed}
        try:
            if needed and keys is None:
                keys = _some_keys(client)
            if missing := needed - (keys or {}).keys():
                yield Finding(metric, UNTRIED, error=_nothing_to_ask_for(min(missing)))
                continue
            _ask(client, metric, keys or {})
            yield Finding(metric, WORKS, 200)
        except LaunchDarklyUsageError as error:
            status = error.status if isinstance(error, LaunchDarklyApiError) else None
            if isinstance(error, UnauthorizedError) or (isinstance(error, ServerTroubleError) and status is None):
                raise  # the other endpoints would say the same
            kind = FORBIDDEN if isinstance(error, ForbiddenError) else FAILED
            yield Finding(metric, NOT_FOUND if isinstance(error, NotFoundError) else kind, status, error)


def _nothing_to_ask_for(place: str) -> LaunchDarklyUsageError:
    return LaunchDarklyUsageError(
        f"The account has nothing to ask for as {place}.", "This metric has usage once there is something."
    )


def _places(metric: Metric) -> set[str]:
    """The parameters in an endpoint's path."""
    return set(re.findall(r"{(\w+)}", metric.path))


def _ask(client: UsageClient, metric: Metric, keys: Mapping[str, str]) -> None:
    """Ask an endpoint for yesterday, and leave the answer unread.

    :param keys: of the account's own, by the API's parameters
    """
    from airflow_provider_ldusage.chunks import plan_chunks
    from airflow_provider_ldusage.engine.question import Question, time_unit
    from airflow_provider_ldusage.query import UsageQuery

    path: dict[str, Any] = {
        each.name: each.allowed[0] if each.allowed else keys[each.parameter] for each in metric.path_arguments
    }
    query, now = UsageQuery.build(metric.name, **path), client.now()
    chunks = plan_chunks(query, Window(utc_day(now) - DAY, utc_day(now)), now)
    params = list(query.params)
    if chunks:
        params = Question(query, chunks[0], now).params(time_unit(query, client.config.time_units))
    if metric.page_size is not None:
        params.append(("limit", "1"))
    places = {**{name: keys[name] for name in _places(metric) & keys.keys()}, **query.path_args()}
    client.download(metric.path, path_args=places, params=params, api_version=metric.api_version).close()


def _some_keys(client: UsageClient) -> dict[str, str]:
    """The keys of a project, of an environment and of a flag in it; fewer if no project has them all."""
    found: dict[str, str] = {}
    for project in client.items("/api/v2/projects", params=[("limit", "20")]):
        place = {"projectKey": str(project.get("key"))}
        found = dict(place)
        for name, path in KEYS.items():
            first = next(client.items(path, path_args=place, params=[("limit", "1")]), None)
            found |= {name: str(first.get("key"))} if first else {}
        if len(found) > len(KEYS):
            break
    return found


def _clock(ahead: int) -> str:
    if abs(ahead) <= 2:
        return "agrees with LaunchDarkly's"
    return f"{counted(abs(ahead), 'second')} {'ahead of' if ahead > 0 else 'behind'} LaunchDarkly's"


def _remedies(findings: list[Finding]) -> list[str]:
    """For each kind of failure its first message, which says what to do."""
    first = {each.result: (each.metric, each.error) for each in reversed(findings) if each.error}
    return [f"{kind}, as for {metric.name}: {error_text(error)}" for kind, (metric, error) in first.items()]


def _summary(findings: list[Finding]) -> str:
    kinds = dict.fromkeys(each.result for each in findings)
    return ", ".join(f"{sum(each.result == kind for each in findings)} {kind}" for kind in kinds)
