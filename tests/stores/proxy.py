"""A proxy in front of a store: counts what it is asked, and breaks it on demand."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Answer = tuple[int, bytes]
HOP = frozenset({"connection", "expect", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True)
class Seen:
    method: str
    target: str
    status: int

    def __str__(self) -> str:
        return f"{self.method} {self.target} {self.status}"


class Proxy:
    """Serves on a free port of 127.0.0.1 and passes everything on, ``Host`` too, since S3 signs it.

    ``intercept(method, target, headers, body)`` may answer in the store's place; ``delay`` holds back each write.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.guard: Callable[[str, str, Any, bytes], Answer | None] | None = None
        self.intercept: Callable[[str, str, Any, bytes], Answer | None] | None = None
        self.delay = 0.0
        self.seen: list[Seen] = []
        self.writing = self.most_writing = 0
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reset(self) -> None:
        self.intercept, self.delay, self.most_writing = None, 0.0, 0
        self.seen.clear()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle(self) -> None:
                self.upstream = http.client.HTTPConnection(proxy.upstream, timeout=60)
                try:
                    super().handle()
                except ConnectionError:
                    pass
                finally:
                    self.upstream.close()

            def do(self) -> None:
                body = self._body()
                writes = self.command in ("PUT", "POST")
                with proxy.lock:
                    proxy.writing += writes
                    proxy.most_writing = max(proxy.most_writing, proxy.writing)
                try:
                    if writes:
                        time.sleep(proxy.delay)
                    answer = self._answer(body)
                finally:  # before it is sent: whoever has it may write again at once
                    with proxy.lock:
                        proxy.writing -= writes
                self._reply(*answer)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = do

            def _answer(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
                for step in (proxy.guard, proxy.intercept):
                    answer = step(self.command, self.path, self.headers, body) if step else None
                    if answer:
                        return answer[0], [("Content-Type", "application/json")], answer[1]
                headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
                if body or self.command in ("PUT", "POST"):
                    headers["Content-Length"] = str(len(body))
                try:
                    self.upstream.request(self.command, self.path, body or None, headers)
                    got = self.upstream.getresponse()
                except (http.client.HTTPException, ConnectionError):  # the server closed an idle connection
                    self.upstream.close()
                    self.upstream.request(self.command, self.path, body or None, headers)
                    got = self.upstream.getresponse()
                return got.status, got.getheaders(), got.read()

            def _reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                with proxy.lock:
                    proxy.seen.append(Seen(self.command, self.path, status))
                self.send_response_only(status)
                length = str(len(body))
                for name, value in headers:
                    if name.lower() == "content-length" and self.command == "HEAD":
                        length = value
                    elif name.lower() not in HOP and name.lower() != "content-length":
                        self.send_header(name, value)
                self.send_header("Content-Length", length)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def _body(self) -> bytes:
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
