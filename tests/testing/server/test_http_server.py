"""HTTP itself."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator


def test_connections_are_kept_alive_and_compressed_when_asked(sim: Simulator) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(sim.url.rpartition(":")[2]))
    headers = {"Authorization": sim.token, "LD-API-Version": "beta"}
    opened = None
    for accepted in ("identity", "gzip"):
        connection.request("GET", "/api/v2/usage/total-mau", headers={**headers, "Accept-Encoding": accepted})
        opened = opened or connection.sock
        assert connection.sock is opened
        response = connection.getresponse()
        body = response.read()
        assert (response.getheader("Content-Encoding") == "gzip") == (accepted == "gzip")
        assert body.startswith(b"\x1f\x8b") == (accepted == "gzip")
    connection.close()


def test_it_listens_on_loopback_only() -> None:
    with Simulator() as simulator:
        assert simulator._server is not None
        assert simulator._server.socket.getsockname()[0] == "127.0.0.1"
        assert simulator.url.startswith("http://127.0.0.1:")
        port = int(simulator.url.rpartition(":")[2])
        kept = http.client.HTTPConnection("127.0.0.1", port)
        kept.request("GET", "/api/v2/projects", headers={"Authorization": simulator.token})
        kept.getresponse().read()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    with pytest.raises((OSError, http.client.HTTPException)):
        kept.request("GET", "/api/v2/projects", headers={"Authorization": simulator.token})
        kept.getresponse()
    with pytest.raises(RuntimeError, match="not serving"):
        _ = simulator.url


def test_it_answers_many_at_once(sim: Simulator, api_of: Callable[[Simulator], Any]) -> None:
    bodies: list[Any] = []

    def ask() -> None:
        bodies.append(api_of(sim).json("total-mau", groupBy="projectId"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(bodies) == 8
    assert all(one == bodies[0] for one in bodies)
    assert len(sim.requests) == 8
