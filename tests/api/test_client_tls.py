"""The same over TLS, as in real life: sockets behave differently there."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time as real_time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import ConnectionConfigError, ServerTroubleError

USAGE = "/api/v2/usage/total-mau"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*words.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return key, certificate


@pytest.fixture
def secure(certificate: tuple[Path, Path], tls_server: Any) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    return tls_server(context)


def test_a_certificate_that_is_not_trusted_is_a_matter_of_the_connection(secure: Any, connect: Any, time: Any) -> None:
    with pytest.raises(ConnectionConfigError, match="verify"):
        connect(base_url=secure.url).get(USAGE)
    assert not secure.asked and not time.slept


def test_what_the_connection_says_of_certificates_wins_over_the_environment(
    secure: Any, connect: Any, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    secure.answers({"ok": True})
    client = connect(base_url=secure.url, verify=str(certificate[1]))
    assert client.get_json(USAGE) == {"ok": True}
    assert client.session.get(secure.url + USAGE).status_code == 200


def test_a_slow_drip_over_tls_does_not_hold_a_task(
    secure: Any, connect: Any, certificate: tuple[Path, Path], time: Any
) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(1000):
            handler.wfile.write(b" ")
            real_time.sleep(0.02)

    secure.behaves(drip)
    began = real_time.monotonic()
    with pytest.raises(ServerTroubleError, match="did not end"):
        connect(base_url=secure.url, verify=str(certificate[1]), max_read=0.15).get(USAGE)
    assert real_time.monotonic() - began < 15 and len(secure.asked) == 6  # to its end, one drip takes 20 s
