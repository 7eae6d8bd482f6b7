"""LaunchDarkly on loopback, saying one prepared thing: ``python -m benchmarks.server ANSWER.json`` prints its port.

A process of its own, so that neither its time nor its memory counts as ours. It answers in plain JSON, which is what
the peers read, too; ``/requests`` tells how many requests there were of each kind.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.shapes import Answer


class Handler(BaseHTTPRequestHandler):
    """Usage for the range of ``from`` and ``to`` (ms); for any other question, who the account is."""

    protocol_version = "HTTP/1.1"
    # Header and body in packets of their own would cost 40 ms each time, waiting for the other side's delayed ACK.
    disable_nagle_algorithm = True
    wbufsize = -1
    answer: Answer
    requests: Counter[str] = Counter()

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/requests":
            self._send(json.dumps(self.requests).encode())
        elif "/usage/" in asked.path:
            self.requests["usage"] += 1
            given = parse_qs(asked.query)
            self._usage(int(given["from"][0]), int(given["to"][0]))
        else:
            self.requests["other"] += 1
            self._send(b'{"accountId":"benchmark"}')

    def _usage(self, first_ms: int, end_ms: int) -> None:
        start, count = self.answer.points(first_ms, end_ms)
        self._begin(len(self.answer.head) + count + len(self.answer.tail))
        self.wfile.write(self.answer.head)
        if count:  # out of the file as the other side takes it: a year by hour is never in memory
            self.wfile.flush()
            with self.answer.path.open("rb") as file:
                self.connection.sendfile(file, start, count)
        self.wfile.write(self.answer.tail)

    def _send(self, body: bytes) -> None:
        self._begin(len(body))
        self.wfile.write(body)

    def _begin(self, length: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    Handler.answer = Answer(Path(sys.argv[1]))
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
