"""HTTP/1.1 with keep-alive and gzip in front of the simulated service, on 127.0.0.1 only."""

from __future__ import annotations

import gzip
import json
import socket
import sys
import threading
from collections.abc import Callable
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from airflow_provider_ldusage.testing.api.refusal import Refusal
from airflow_provider_ldusage.testing.server.exchange import DROP, Response, json_response
from airflow_provider_ldusage.testing.server.service import Service

LOOPBACK = "127.0.0.1"
_MAX_CONTROL_BODY = 1_000_000

Control = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Answers a POST to ``/_simulator/<name>`` with a JSON object.

It raises LookupError if there is no such name, and ValueError or TypeError if the values are invalid.
"""


class SimulatorServer(ThreadingHTTPServer):
    """The HTTP server. It binds 127.0.0.1 only.

    :param port: the port to listen on; 0 takes a free one
    :param service: answers the requests
    :param control: answers the requests below ``/_simulator/``
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, port: int, service: Service, control: Control) -> None:
        self.service = service
        self.control = control
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((LOOPBACK, port), _Handler)
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, name="launchdarkly-simulator", daemon=True
        )

    def start(self) -> None:
        """Begin to serve, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close every connection. It cannot be started again."""
        self.shutdown()
        self.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._open_lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        # The threads of idle keep-alive connections would answer even after the server is closed.
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report errors, except for a client that goes away in the middle of an answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "LaunchDarklySimulator"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    server: SimulatorServer

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_POST

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MAX_CONTROL_BODY:
            self.close_connection = True
            self._send(_refused(Refusal(413, "Request body too large")))
            return
        body = self.rfile.read(length) if length else b""
        if self.path.startswith("/_simulator/"):
            self._send(self._control(body))
        else:
            self._send(self.server.service.respond(self.command, self.path, dict(self.headers.items())))

    def _control(self, body: bytes) -> Response:
        if self.headers.get("Authorization") != self.server.service.token:
            return _refused(Refusal(401))
        if self.command != "POST":
            return _refused(Refusal(405, "Method not allowed"))
        try:
            values = json.loads(body or b"{}")
            if not isinstance(values, dict):
                raise ValueError("expected a JSON object")
            return json_response(200, self.server.control(self.path.removeprefix("/_simulator/"), values))
        except LookupError as error:
            return _refused(Refusal(404, str(error)))
        except (ValueError, TypeError) as error:
            return _refused(Refusal(400, str(error)))

    def _send(self, response: Response) -> None:
        if response.cut == DROP:
            self.close_connection = True
            return
        body, headers = response.body, dict(response.headers)
        if "gzip" in self.headers.get("Accept-Encoding", "") and "Content-Encoding" not in headers and len(body) > 256:
            body = gzip.compress(body, compresslevel=1)
            headers["Content-Encoding"] = "gzip"
        self.send_response_only(response.status)
        now = format_datetime(self.server.service.clock.now, usegmt=True)
        if not any(name.lower() == "date" for name in headers):
            headers["Date"] = now
        self.send_header("Server", self.server_version)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if response.cut is not None:
            self.close_connection = True
            body = body[: response.cut]
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are recorded by the service, not printed."""


def _refused(refusal: Refusal) -> Response:
    return json_response(refusal.status, refusal.body)
