"""Plain HTTP to a simulator, and the moments, paths and ranges that several test modules ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import requests

from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.testing.api.endpoints import ENDPOINTS


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]


def ms(*parts: int) -> int:
    return milliseconds(utc(*parts))


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


NOW = utc(2026, 11, 20, 10, 30)
DAY = 86_400_000
FLAG = "evaluations/default/production/banner_text"
OCTOBER = {"since": utc(2026, 10, 1), "to": utc(2026, 10, 11)}

START, END = utc(2026, 11, 1), utc(2026, 11, 8)
VALUES = {
    "projectKey": "default",
    "environmentKey": "production",
    "featureFlagKey": "banner_text",
    "source": "server",
    "type": "received",
}
PATHS = {template: template.format(**VALUES) for template in ENDPOINTS}


class Api:
    """Plain HTTP to a simulator, with its token and the beta header unless other headers are given."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False

    def raw(self, path: str, pairs: Sequence[tuple[str, str]] = (), **headers: str | None) -> requests.Response:
        sent = {"Authorization": self.simulator.token, "LD-API-Version": "beta"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}  # type: ignore[misc]
        url = self.simulator.url + path
        return self.session.get(
            url, params=list(pairs), headers={name: value for name, value in sent.items() if value is not None}
        )

    def keys(self, path: str) -> set[str]:
        """The keys of a list below /api/v2/."""
        return {one["key"] for one in self.raw(f"/api/v2/{path}").json()["items"]}

    def get(self, path: str, **query: Any) -> requests.Response:
        """GET below /api/v2/usage/; `since` stands for `from`, datetimes become epoch ms, lists are repeated."""
        pairs: list[tuple[str, str]] = []
        for name, value in query.items():
            name = "from" if name == "since" else name
            for one in value if isinstance(value, (list, tuple)) else [value]:
                pairs.append((name, str(milliseconds(one) if isinstance(one, datetime) else one)))
        return self.raw("/api/v2/usage/" + path, pairs)

    def json(self, path: str, **query: Any) -> Any:
        """The body of an answer that must be 200."""
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        return response.json()

    def points(self, path: str, **query: Any) -> dict[tuple[tuple[str, Any], ...], dict[int, float]]:
        """The series of an answer by metadata."""
        body = self.json(path, **query)
        series: dict[tuple[tuple[str, Any], ...], dict[int, float]] = {}
        for number, metadata in enumerate(body["metadata"]):
            key = tuple(sorted((name, repr(value)) for name, value in metadata.items()))
            assert key not in series
            series[key] = {point["time"]: point[str(number)] for point in body["series"] if str(number) in point}
        return series

    def one(self, path: str, **query: Any) -> dict[int, float]:
        """The only series of an answer."""
        (series,) = self.points(path, **query).values()
        return series


def flip(sim: Simulator, **changes: Any) -> None:
    """Change some switches of a simulator."""
    sim.switches = sim.switches.but(**changes)


def post(sim: Simulator, name: str, body: Any, token: str | None = None) -> requests.Response:
    """POST to /_simulator/<name>, with the simulator's token unless another is given."""
    headers = {"Authorization": token or sim.token}
    return requests.post(f"{sim.url}/_simulator/{name}", json=body, headers=headers, timeout=5)


def unit_range(template: str, start: datetime, end: datetime) -> dict[str, Any]:
    """A range in the endpoint's documented unit."""
    if ENDPOINTS[template].unit == "none":
        return {}
    unit = 1 if ENDPOINTS[template].unit == "s" else 1000
    return {"since": int(start.timestamp() * unit), "to": int(end.timestamp() * unit)}


def refused(response: Any, *words: str) -> None:
    """Check that an answer is the documented refusal and that its message has these words."""
    assert response.status_code == 400, response.text
    assert response.json()["code"] == "invalid_request"
    for word in words:
        assert word in response.json()["message"]
