"""Where the token is sent, and which certificates and proxies apply."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep
from typing import Any

import pytest
import requests

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.session import build_session
from airflow_provider_ldusage.exceptions import (
    ConnectionConfigError,
)
from tests.api.server import TOKEN, USAGE, failure


def test_netrc_does_not_replace_the_token(
    server: Any, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.answers({})
    client.get(USAGE)
    client.session.get(server.url + USAGE)
    assert [asked.headers["Authorization"] for asked in server.asked] == [TOKEN, TOKEN]


def test_loopback_is_never_asked_through_a_proxy(
    server: Any, connect: Any, elsewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, elsewhere.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    server.answers({})
    connect(proxies={"http": elsewhere.url}).get(USAGE)
    assert not elsewhere.asked and len(server.asked) == 1


def test_threads_leave_the_environment_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """For ``no_proxy`` in ``proxies``, requests changes ``os.environ`` for a moment."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setattr(requests.utils, "proxy_bypass", lambda host: bool(sleep(0.001)))
    session = build_session(ClientConfig("token", proxies={"https": "http://proxy:1", "no_proxy": "elsewhere"}))

    def merge(_: int) -> Any:
        return session.merge_environment_settings("https://app.launchdarkly.com/", {}, True, None, None)["proxies"]

    with ThreadPoolExecutor(8) as pool:
        assert all(found["https"] == "http://proxy:1" for found in pool.map(merge, range(50)))
    assert "no_proxy" not in os.environ


@pytest.mark.parametrize(("bound", "kept"), [(1, 8), (8, 8), (32, 32)])
def test_a_session_keeps_the_connections_that_may_be_in_flight(bound: int, kept: int) -> None:
    adapter: Any = build_session(ClientConfig("token", max_in_flight=bound)).get_adapter("https://")
    assert adapter.poolmanager.connection_pool_kw["maxsize"] == kept


def test_the_session_of_the_hook_takes_the_token_nowhere_else(server: Any, client: Any, elsewhere: Any) -> None:
    server.answers(status=302, headers={"Location": elsewhere.url + "/api/v2/x"})
    assert client.session.get(elsewhere.url, headers={"Authorization": TOKEN}).status_code == 200
    assert "Authorization" not in elsewhere.asked[0].headers
    assert client.session.get(server.url + USAGE).status_code == 302  # not followed even when asked to
    assert len(elsewhere.asked) == 1
    assert TOKEN not in repr(client) + repr(client.session.auth) + repr(client.config)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_and_the_token_stays(server: Any, client: Any, elsewhere: Any, status: int) -> None:
    server.answers(status=status, headers={"Location": f"{elsewhere.url}/api/v2/x?private=1"})
    error = failure(client, exceptions.RequestRefusedError)
    assert "redirect (302: to 127.0.0.1)".replace("302", str(status)) in str(error) and "private" not in str(error)
    assert not elsewhere.asked and len(server.asked) == 1


def test_an_untrusted_certificate_is_an_error_of_the_connection(secure: Any, connect: Any, time: Any) -> None:
    with pytest.raises(ConnectionConfigError, match="verify"):
        connect(base_url=secure.url).get(USAGE)
    assert not secure.asked and not time.slept


def test_the_connections_certificates_win_over_the_environment(
    secure: Any, connect: Any, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    secure.answers({"ok": True})
    client = connect(base_url=secure.url, verify=str(certificate[1]))
    assert client.get_json(USAGE) == {"ok": True}
    assert client.session.get(secure.url + USAGE).status_code == 200
