"""What goes wrong between Airflow and LaunchDarkly, and what a person is told."""

from __future__ import annotations

import gzip
import os
import re
import socket
import struct
import threading
import time as real_time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import ClientConfig

TOKEN = "api-5ec2e7e5-0000-4000-8000-00000000c0de"
USAGE = "/api/v2/usage/total-mau"
LIMITED = {"code": "rate_limited", "message": "You've exceeded the API rate limit. Try again later."}


def failure(client: Any, kind: type[exceptions.LaunchDarklyUsageError], secret: str = TOKEN, params: Any = ()) -> Any:
    """The error that asking raises, once it is proved to hold no secret: not in texts, fields, causes or contexts."""
    with pytest.raises(kind) as caught:
        client.get(USAGE, params=params)
    each = caught.value
    assert each.__cause__ is None and each.__context__ is None
    assert secret not in str(each) + repr(each) + repr(each.args) + repr(vars(each))
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (
            400,
            {"code": "invalid_request", "message": "bad groupBy"},
            exceptions.RequestRefusedError,
            "bad groupBy. Correct",
        ),
        (401, {"code": "unauthorized", "message": "Invalid access token"}, exceptions.UnauthorizedError, "password"),
        (
            403,
            {"message": "This is a beta API"},
            exceptions.ForbiddenError,
            "This is a beta API.*role.*plan.*LD-API-Version",
        ),
        (404, {"code": "not_found", "message": "unknown environment"}, exceptions.NotFoundError, "unknown environment"),
        (405, {"code": 7, "message": ["x"]}, exceptions.RequestRefusedError, "405: no message"),
        (
            409,
            {"code": "data_export_project_identity_incomplete"},
            exceptions.DataExportIdentityError,
            "without grouping",
        ),
        (409, {"code": "conflict", "message": "Busy"}, exceptions.RequestRefusedError, "409 conflict: Busy."),
        (418, [], exceptions.RequestRefusedError, "418"),
    ],
)
def test_each_refusal_has_its_class_and_is_not_asked_again(
    server: Any, client: Any, status: int, body: Any, kind: type[exceptions.LaunchDarklyApiError], told: str
) -> None:
    server.answers(body, status=status)
    error = failure(client, kind, params=[("tz", "UTC")])
    assert type(error) is kind and error.status == status
    assert str(error).startswith(f"GET {server.url}{USAGE}?tz=UTC -> {status}")
    assert re.search(told, str(error))
    assert len(server.asked) == 1 and client.stats.retries == 0


def test_the_code_of_an_error_is_kept(server: Any, client: Any) -> None:
    server.answers({"code": "invalid_request", "message": "no"}, status=400)
    assert failure(client, exceptions.RequestRefusedError).code == "invalid_request"


def test_a_proxys_html_page_is_quoted_in_part(server: Any, client: Any) -> None:
    server.answers(raw=b"<html>\x00\x1b[31mBlocked by policy" + b"x" * 500_000, status=403)
    error = failure(client, exceptions.ForbiddenError)
    assert "Blocked by policy" in str(error) and len(str(error)) < 600 and str(error).isprintable()
    assert error.code is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_and_the_token_stays(server: Any, client: Any, elsewhere: Any, status: int) -> None:
    server.answers(status=status, headers={"Location": f"{elsewhere.url}/api/v2/x?private=1"})
    error = failure(client, exceptions.RequestRefusedError)
    assert "redirect to 127.0.0.1" in str(error) and "private" not in str(error)
    assert not elsewhere.asked and len(server.asked) == 1


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


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-Ratelimit-Reset": "{in8}", "X-Ratelimit-Route-Remaining": "0", "X-Ratelimit-Global-Remaining": "4"}, 8),
        ({"X-Ratelimit-Auth-Token-Reset": "{in8}", "X-Ratelimit-Auth-Token-Remaining": "0"}, 8),
        ({"Retry-After": "8"}, 8),
        ({"Retry-After": "{date8}"}, 8),
        ({"X-Ratelimit-Reset": "{skewed8}", "Date": "{skewed}"}, 8),
        ({"X-Ratelimit-Reset": "1"}, 0.5),
        ({"X-Ratelimit-Reset": "nonsense", "Retry-After": "-1"}, 0.5),
        ({}, 0.5),
    ],
)
def test_a_rate_limit_is_waited_out(
    server: Any, client: Any, time: Any, headers: dict[str, str], seconds: float
) -> None:
    values = {
        "in8": int((time.now + 8) * 1000),
        "date8": formatdate(time.now + 8, usegmt=True),
        "skewed": formatdate(time.now - 7200, usegmt=True),
        "skewed8": int((time.now - 7200 + 8) * 1000),
    }
    server.answers(LIMITED, status=429, headers={name: value.format(**values) for name, value in headers.items()})
    server.answers({"ok": True})
    assert client.get_json(USAGE) == {"ok": True}
    assert len(time.slept) == 1 and seconds + 0.4 <= time.slept[0] <= seconds + 1.6
    assert client.stats.retries == 1 and client.stats.waited == time.slept[0] and client.stats.requests == 2


def test_max_wait_is_for_all_requests_of_a_client_together(server: Any, connect: Any, time: Any) -> None:
    client = connect(max_wait=25)
    for _ in range(2):
        server.answers(LIMITED, status=429, headers={"Retry-After": "10"})
        server.answers({})
    server.answers(LIMITED, status=429, headers={"Retry-After": "10"})
    client.get(USAGE)
    client.get(USAGE)
    error = failure(client, exceptions.RateLimitedError)
    assert error.status == 429 and error.code == "rate_limited"
    assert f"has waited {sum(time.slept):.1f} s" in str(error) and "max_wait allows 25.0 s" in str(error)
    assert len(server.asked) == 5 and sum(time.slept) <= 25


def test_no_wait_at_all_where_max_wait_is_nothing_or_the_limit_lifts_too_late(
    server: Any, connect: Any, time: Any
) -> None:
    server.answers(LIMITED, status=429, headers={"Retry-After": "3600"})
    assert "would need 360" in str(failure(connect(max_wait=300), exceptions.RateLimitedError))
    failure(connect(max_wait=0), exceptions.RateLimitedError)
    assert not time.slept and len(server.asked) == 2


def test_a_window_that_is_used_up_is_waited_for_before_the_next_request(server: Any, connect: Any, time: Any) -> None:
    client = connect(max_wait=0)
    reset = str(int((time.now + 6) * 1000))
    server.answers({}, headers={"X-Ratelimit-Route-Remaining": "0", "X-Ratelimit-Reset": reset})
    server.answers({}, headers={"X-Ratelimit-Route-Remaining": "4", "X-Ratelimit-Reset": reset})
    client.get(USAGE)
    assert not time.slept  # the last request of a task waits for nothing
    client.get(USAGE)
    client.get(USAGE)
    assert len(time.slept) == 1 and 6 <= time.slept[0] <= 7 and client.stats.waited == time.slept[0]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_trouble_that_passes_is_not_noticed(server: Any, client: Any, time: Any, status: int) -> None:
    server.answers(raw=b"<html>Bad gateway", status=status)
    server.answers(raw=b"", status=status)
    server.answers({"ok": True})
    assert client.get_json(USAGE) == {"ok": True}
    assert client.stats.retries == 2 and len(time.slept) == 2


def test_trouble_that_stays_is_reported_after_five_retries(
    server: Any, client: Any, time: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers({"code": "service_unavailable", "message": "Requested service unavailable"}, status=503)
    error = failure(client, exceptions.ServerTroubleError)
    assert "503 service_unavailable: Requested service unavailable." in str(error) and "Tried 6 times" in str(error)
    assert error.status == 503 and len(server.asked) == 6
    assert all(slept <= ceiling for slept, ceiling in zip(time.slept, [1, 2, 4, 8, 16], strict=True))
    said = [record for record in caplog.records if record.name == "airflow_provider_ldusage.api"]
    assert sum(record.levelname == "INFO" for record in said) == 5


def test_a_503_asks_for_its_time_but_not_for_hours(server: Any, client: Any, time: Any) -> None:
    server.answers(status=503, headers={"Retry-After": "40"})
    server.answers(status=503, headers={"Retry-After": "7200"})
    failure(client, exceptions.ServerTroubleError)
    assert time.slept == [40.0] and len(server.asked) == 2


def reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    os.close(handler.connection.detach())


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"series": [')
    hang_up(handler)


def cut_chunk(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{}      \r\n40\r\nab")
    hang_up(handler)


def no_last_chunk(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
    hang_up(handler)


def bad_gzip(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n{}{}")


def garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    hang_up(handler)


def two_lengths(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}")
    hang_up(handler)


def many_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n{}")
    hang_up(handler)


FAULTS = [reset, hang_up, cut_short, cut_chunk, no_last_chunk, bad_gzip, garbage, two_lengths, many_headers]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_connection_is_tried_again(server: Any, client: Any, time: Any, fault: Any) -> None:
    server.behaves(fault)
    server.answers({"ok": True})
    assert client.get_json(USAGE) == {"ok": True}
    assert client.stats.retries == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_connection_that_stays_broken_is_reported(server: Any, client: Any, time: Any, fault: Any) -> None:
    server.behaves(fault)
    error = failure(client, exceptions.ServerTroubleError)
    assert error.status is None and len(server.asked) == 6 and "no answer" in str(error)


def drip(handler: BaseHTTPRequestHandler, head: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n") -> None:
    handler.wfile.write(head)
    for _ in range(1000):
        handler.wfile.write(b" ")
        real_time.sleep(0.02)


def drip_chunk(handler: BaseHTTPRequestHandler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n")


def drip_without_length(handler: BaseHTTPRequestHandler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}")


@pytest.mark.parametrize("fault", [drip, drip_chunk, drip_without_length])
def test_a_slow_drip_does_not_hold_a_task(server: Any, connect: Any, time: Any, fault: Any) -> None:
    began = real_time.monotonic()
    server.behaves(fault)
    error = failure(connect(max_read=0.15), exceptions.ServerTroubleError)
    assert "did not end within 0.15 s" in str(error) and len(server.asked) == 6
    assert real_time.monotonic() - began < 15  # to its end, one drip takes 20 s


def test_a_redirect_with_a_slow_body_is_a_redirect_still(server: Any, connect: Any) -> None:
    began = real_time.monotonic()
    head = b"HTTP/1.1 302 Found\r\nLocation: /api/v2/x\r\nContent-Length: 100000\r\n\r\n"
    server.behaves(lambda handler: drip(handler, head))
    failure(connect(max_read=0.15), exceptions.RequestRefusedError)
    assert real_time.monotonic() - began < 15 and len(server.asked) == 1


def test_silence_times_out(server: Any, connect: Any, time: Any) -> None:
    server.behaves(lambda handler: real_time.sleep(0.5))
    server.answers({"ok": True})
    assert connect(timeout=0.1).get_json(USAGE) == {"ok": True}


@pytest.mark.parametrize("status", [429, 500])
def test_an_error_with_an_endless_body_is_an_error_still(server: Any, connect: Any, time: Any, status: int) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 %d X\r\nConnection: close\r\n\r\n" % status)
        for _ in range(10_000):
            handler.wfile.write(b"x" * 100_000)

    server.behaves(endless)
    server.answers({"ok": True})
    assert connect().get_json(USAGE) == {"ok": True}


def test_a_gzip_bomb_is_refused(server: Any, connect: Any) -> None:
    bomb = gzip.compress(b"[" + b" " * 50_000_000)
    server.answers(raw=bomb, headers={"Content-Encoding": "gzip"})
    error = failure(connect(max_body_bytes=1_000_000), exceptions.AnswerError)
    assert "larger than 1000000 bytes" in str(error) and len(bomb) < 1_000_000 and len(server.asked) == 1


def test_a_body_may_be_as_large_as_allowed_and_not_a_byte_larger(server: Any, connect: Any) -> None:
    server.answers(raw=b"[" + b" " * 998 + b"]")
    assert len(connect(max_body_bytes=1000).get(USAGE)) == 1000
    failure(connect(max_body_bytes=999), exceptions.AnswerError)


def test_nobody_listening_is_reported(server: Any, connect: Any, time: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        error = failure(connect(base_url=url), exceptions.ServerTroubleError)
    assert "Connection refused" in str(error) and len(time.slept) == 5


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
def test_a_proxy_s_odd_password_is_refused_at_once_and_not_shown_in_part(
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
def test_a_proxy_that_refuses_is_a_matter_of_the_connection_and_asked_once(time: Any, status: int) -> None:
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


def test_a_407_without_a_tunnel_is_a_matter_of_the_connection_too(server: Any, connect: Any, time: Any) -> None:
    server.answers(status=407)
    error = failure(connect(), exceptions.ConnectionConfigError)
    assert "proxies in Extra" in str(error) and len(server.asked) == 1 and not time.slept


def test_a_proxy_from_the_environment_keeps_its_password_too(time: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    behind(monkeypatch, "http:/user:hunter2@proxy")
    failure(away(time), exceptions.LaunchDarklyUsageError, secret="hunter2")


def test_a_missing_ca_bundle_is_a_matter_of_the_connection(time: Any) -> None:
    error = failure(away(time, verify="/nowhere/ca.pem"), exceptions.ConnectionConfigError)
    assert "verify" in str(error) and not time.slept
