from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

import pytest
import requests

from airflow_provider_ldusage.testing.fixtures import (  # noqa: F401
    launchdarkly_connection,
    launchdarkly_options,
    launchdarkly_simulator,
)
from airflow_provider_ldusage.testing.simulator import Simulator
from airflow_provider_ldusage.testing.switches import Switches

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=timezone.utc)


class Api:
    """Plain HTTP to a simulator, with the right token and header unless told otherwise."""

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

    def get(self, path: str, **query: Any) -> requests.Response:
        """GET below /api/v2/usage/; `since` stands for `from`, days (datetime) become epoch ms, lists are repeated."""
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
        """The series of an answer, keyed by their metadata."""
        body = self.json(path, **query)
        found: dict[tuple[tuple[str, Any], ...], dict[int, float]] = {}
        for number, metadata in enumerate(body["metadata"]):
            key = tuple(sorted((name, repr(value)) for name, value in metadata.items()))
            assert key not in found
            found[key] = {point["time"]: point[str(number)] for point in body["series"] if str(number) in point}
        return found

    def one(self, path: str, **query: Any) -> dict[int, float]:
        """The only series of an answer."""
        (series,) = self.points(path, **query).values()
        return series


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]


@pytest.fixture(scope="session")
def _serving() -> Iterator[Simulator]:
    with Simulator(now=NOW) as simulator:
        yield simulator


@pytest.fixture
def sim(_serving: Simulator) -> Simulator:
    """A simulator as it was made: on 20 November 2026 at 10:30, with the default switches."""
    _serving.now = NOW
    _serving.switches = Switches()
    _serving.clear_faults()
    _serving.restore()
    _serving.clear_requests()
    return _serving


@pytest.fixture
def api(sim: Simulator) -> Api:
    return Api(sim)


@pytest.fixture
def api_of() -> Callable[[Simulator], Api]:
    return Api
