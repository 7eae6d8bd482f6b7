"""The error for each failed request: its class, its advice, and no secrets in it."""

from __future__ import annotations

import re
import socket
import threading
from typing import Any

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import ClientConfig
from tests.api.server import TOKEN, USAGE, failure


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (
            400,
            {"code": "invalid_request", "message": "bad groupBy"},
            exceptions.RequestRefusedError,
            r"bad groupBy\). Correct",
        ),
        (401, {"code": "unauthorized", "message": "Invalid access token"}, exceptions.UnauthorizedError, "password"),
        (
            403,
            {"message": "This is a beta API"},
            exceptions.ForbiddenError,
            "This is a beta API.*role.*plan.*LD-API-Version",
        ),
        (
            403,
            {"code": "forbidden", "message": "Access to the requested resource was denied."},
            exceptions.UsageForbiddenError,
            r"denied\). Either the account's plan .* on_forbidden",
        ),
        (404, {"code": "not_found", "message": "unknown environment"}, exceptions.NotFoundError, "unknown environment"),
        (405, {"code": 7, "message": ["x"]}, exceptions.RequestRefusedError, r"\(405: no message\)"),
        (
            409,
            {"code": "data_export_project_identity_incomplete"},
            exceptions.DataExportIdentityError,
            "without grouping",
        ),
        (409, {"code": "conflict", "message": "Busy"}, exceptions.RequestRefusedError, r"\(409 conflict: Busy\)"),
        (418, [], exceptions.RequestRefusedError, "418"),
    ],
)
def test_each_refusal_has_its_class_and_is_not_asked_again(
    server: Any, client: Any, status: int, body: Any, kind: type[exceptions.LaunchDarklyApiError], told: str
) -> None:
    server.answers(body, status=status)
    error = failure(client, kind, params=[("tz", "UTC")])
    assert type(error) is kind and error.status == status
    assert str(status) in error.problem and str(error).endswith(f"(GET {server.url}{USAGE}?tz=UTC)")
    assert re.search(told, str(error))
    assert len(server.asked) == 1 and client.stats.retries == 0


def test_the_code_of_an_error_is_kept(server: Any, client: Any) -> None:
    server.answers({"code": "invalid_request", "message": "no"}, status=400)
    assert failure(client, exceptions.RequestRefusedError).code == "invalid_request"


def test_a_403_for_the_account_is_no_matter_of_the_plan(server: Any, client: Any) -> None:
    server.answers({"code": "forbidden", "message": "denied"}, status=403)
    with pytest.raises(exceptions.ForbiddenError) as caught:
        client.account()
    assert type(caught.value) is exceptions.ForbiddenError


def test_a_proxys_html_page_is_quoted_in_part(server: Any, client: Any) -> None:
    server.answers(raw=b"<html>\x00\x1b[31mBlocked by policy" + b"x" * 500_000, status=403)
    error = failure(client, exceptions.ForbiddenError)
    assert "Blocked by policy" in str(error) and len(str(error)) < 600 and str(error).isprintable()
    assert type(error) is exceptions.ForbiddenError and error.code is None


@pytest.mark.parametrize("location", ["http://[::1", "", "//", "http://u:p@evil.example/", "\x80"])
def test_an_odd_redirect_is_an_ordinary_refusal(server: Any, client: Any, location: str) -> None:
    server.answers(status=302, headers={"Location": location})
    failure(client, exceptions.RequestRefusedError, secret="u:p")


@pytest.mark.parametrize("form", [str, str.upper])
@pytest.mark.parametrize("status", [200, 400, 401, 503])
def test_a_server_that_echoes_the_token_does_not_make_it_show(server: Any, client: Any, status: int, form: Any) -> None:
    server.answers(raw=b" " * 4080 + f"You sent {form(TOKEN)}".encode(), status=status)
    failure(client, exceptions.LaunchDarklyUsageError, secret=form(TOKEN)[:20])
    server.script[:] = []
    server.answers({"code": f"x{form(TOKEN)}", "message": f"Token {form(TOKEN)} is bad"}, status=400)
    assert "Token *** is bad" in str(failure(client, exceptions.RequestRefusedError, secret=form(TOKEN)))


def away(time: Any, **config: Any) -> UsageClient:
    return UsageClient(ClientConfig(TOKEN, "https://ld.invalid", **config), sleep=time.sleep, clock=time)


def behind(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """Proxies of the environment, whatever this machine's own are."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, proxy)


def test_a_proxys_password_never_shows(server: Any, time: Any, caplog: pytest.LogCaptureFixture) -> None:
    server.answers(status=407)  # and 501 for CONNECT
    proxy = server.url.replace("http://", "http://user:hunt%23er2@")
    failure(away(time, proxies={"https": proxy}), exceptions.ServerTroubleError, secret="hunt")
    for malformed in ("http:/user:hunt%23er2@proxy", "http://user:hunt%23er2@:x:y", "socks5://user:hunt%23er2@proxy"):
        failure(away(time, proxies={"https": malformed}), exceptions.LaunchDarklyUsageError, secret="hunt")
    assert "hunt" not in caplog.text


@pytest.mark.parametrize(
    "proxy",
    ["http://user:12/hunter2@proxy:3128", "http://user:hunter2#x@proxy", "http://user:hunter2?x@proxy",
     "http://hunter2/x:y@proxy", "http://user:[hunter2@proxy", "user:hunter2@proxy:3128",
     "http://user:hunter2\u2100@proxy", "http://user:hunter2%D0%BF@proxy"],
)  # fmt: skip
@pytest.mark.parametrize("given", ["Extra", "environment"])
def test_a_proxys_odd_password_is_refused_at_once_and_never_shown(
    time: Any, monkeypatch: pytest.MonkeyPatch, given: str, proxy: str
) -> None:
    behind(monkeypatch, proxy)
    client = away(time, proxies={"https": proxy}) if given == "Extra" else away(time)
    error = failure(client, exceptions.ConnectionConfigError, secret="hunter2")
    assert "proxies in Extra" in str(error) and "HTTPS_PROXY" in str(error) and not time.slept
    assert "user:" not in str(error) and "12" not in str(error) and "ter2" not in str(error)


def tunnel(answer: bytes) -> tuple[str, list[bytes]]:
    """A proxy that answers every CONNECT like this, and what it was asked."""
    listener, asked = socket.socket(), []
    listener.bind(("127.0.0.1", 0))
    listener.listen()

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(4096))
                connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://user:hunter2@127.0.0.1:{listener.getsockname()[1]}", asked


@pytest.mark.parametrize("status", [407, 401, 403, 404, 405])
def test_a_proxy_that_refuses_is_an_error_of_the_connection_not_retried(time: Any, status: int) -> None:
    proxy, asked = tunnel(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)
    error = failure(away(time, proxies={"https": proxy}), exceptions.ConnectionConfigError, secret="hunter2")
    assert f"{status} No" in str(error) and "proxies in Extra" in str(error) and "HTTPS_PROXY" in str(error)
    assert len(asked) == 1 and not time.slept and "status.launchdarkly.com" not in str(error)


@pytest.mark.parametrize("status", [502, 503, 504, 408, 429])
def test_a_proxy_in_trouble_is_tried_again_and_named(time: Any, status: int) -> None:
    proxy, asked = tunnel(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)
    error = failure(away(time, proxies={"https": proxy}), exceptions.ServerTroubleError, secret="hunter2")
    assert "proxies in Extra" in str(error) and len(asked) == 6


def test_a_proxy_that_nobody_answers_at_is_named(time: Any) -> None:
    error = failure(away(time, proxies={"https": "http://127.0.0.1:1"}), exceptions.ServerTroubleError)
    assert "Connection refused" in str(error) and "proxies in Extra" in str(error)


def test_a_407_without_a_tunnel_is_an_error_of_the_connection_too(server: Any, connect: Any, time: Any) -> None:
    server.answers(status=407)
    error = failure(connect(), exceptions.ConnectionConfigError)
    assert "proxies in Extra" in str(error) and len(server.asked) == 1 and not time.slept


def test_a_proxy_from_the_environment_keeps_its_password_too(time: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    behind(monkeypatch, "http:/user:hunter2@proxy")
    failure(away(time), exceptions.LaunchDarklyUsageError, secret="hunter2")


def test_a_missing_ca_bundle_is_an_error_of_the_connection(time: Any) -> None:
    error = failure(away(time, verify="/nowhere/ca.pem"), exceptions.ConnectionConfigError)
    assert "verify" in str(error) and not time.slept
