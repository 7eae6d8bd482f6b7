"""LaunchDarkly on loopback, saying one prepared thing: ``python -m benchmarks.server ANSWER.json`` prints its port.

A process of its own, so that neither its time nor its memory counts as ours.
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer = b""

    def do_GET(self) -> None:
        body = self.answer if "/usage/" in self.path else b'{"accountId":"benchmark"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    Handler.answer = Path(sys.argv[1]).read_bytes()
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
