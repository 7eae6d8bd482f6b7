"""A proxy on loopback that itself speaks TLS."""

from __future__ import annotations

import select
import socket
import socketserver
import ssl
import threading
from typing import Any


class Tunnel:
    """Opens a tunnel to whatever host a ``CONNECT`` names."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                try:
                    with tls.wrap_socket(self.request, server_side=True) as client:
                        _serve(client)
                except OSError:
                    pass  # either side has had enough

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self) -> Tunnel:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _serve(client: ssl.SSLSocket) -> None:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += client.recv(1)
    host, _, port = head.split()[1].decode().rpartition(":")
    with socket.create_connection((host, int(port))) as server:
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            ready: list[Any] = [client] if client.pending() else select.select([client, server], [], [])[0]
            for each in ready:
                data = each.recv(65536)
                if not data:
                    return
                (server if each is client else client).sendall(data)
