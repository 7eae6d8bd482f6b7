"""A server on loopback that shows the page with made-up figures: as Airflow would, in a frame or by itself.

The first part of a path names what the figures are like: ``/full/ldusage/pages/usage.html``. So the page also stands
below a prefix.
"""

from __future__ import annotations

import copy
import json
import mimetypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.browser.page_figures import FIGURES, OUR, Record

STATIC = Path(__file__).parents[2] / "airflow_provider_ldusage" / "ui" / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
# The frame of Airflow 3.3's pages for plugins.
FRAME = """<!doctype html><html lang="en" class="light" style="height: 100%"><head>
<title>Airflow</title><link rel="icon" href="data:,"><style>
html {{ color-scheme: light; background: #fff }} html.dark {{ color-scheme: dark; background: #171c28 }}</style></head>
<body style="height: 100%; margin: 0"><iframe title="LaunchDarkly usage" src="ldusage/pages/usage.html?{query}"
sandbox="allow-scripts allow-same-origin allow-forms allow-downloads"
style="border: none; display: block; height: 100%; width: 100%"></iframe></body></html>"""
ONE = {"lakes": [{"name": "default", "uri": "s3://lake/launchdarkly"}], "selected": "default"}
TWO = {"lakes": [*ONE["lakes"], {"name": "staging <b>", "uri": "file:///lake"}], "selected": "default"}
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("//evil")',
    "__proto__",
    "'\"&</script><script>alert(1)</script>",
    "team;=1+1",
    "＝1+1",
)
# As long as they can be, without a place to break them; from right to left, and turning what follows around; of
# several code points a character; what objects have by themselves.
ODD = ("W" * 10_000, "\u202eפרויקט", "👩‍👩‍👧‍👦" * 40, "constructor")
NAMED = ("table", "sdk_version", "status", "outcome", "state")

Answer = tuple[int, Any]


def failure(status: int, code: str) -> Answer:
    told = {"title": f"It is {code}", "detail": "Why it is so.", "action": "Add LaunchDarklyUsageReportOperator."}
    return status, told | {"code": code}


def nothing_yet(view: str) -> Record:
    """An object with no meter, no table and no list."""
    return (
        OUR
        | {key: [] if view in ("bill", "owners") else None for key in FIGURES[view] if key not in OUR}
        | {"stale_after": 30}
    )


def named(view: str, names: Sequence[str]) -> Record:
    """Other names for everything, in turn."""
    figures = copy.deepcopy(FIGURES[view])
    for rows in figures.values():
        for place, row in enumerate(rows if isinstance(rows, list) else ()):
            if isinstance(row, dict):
                keys = [key for key in row if key.endswith(("_name", "_id", "_key")) or key in NAMED]
                row |= {key: names[place % len(names)] for key in keys if isinstance(row[key], str)}
    return figures


def unknown(view: str) -> Record:
    """Figures that may be absent are."""
    figures = copy.deepcopy(FIGURES[view])
    for rows in figures.values():
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict):
                row |= {key: None for key, value in row.items() if isinstance(value, float) and key != "share"}
                row |= {key: None for key in ("allocated", "currency") if key in row}
                row |= {"unit": None} if "levels" in row else {}  # a meter of a later version
    return figures | ({"days": [], "months": []} if view == "owners" else {})


SCENES: dict[str, Callable[[str], Answer]] = {
    "full": lambda view: (200, FIGURES[view]),
    "lakes": lambda view: (200, FIGURES[view]),
    "late": lambda view: (
        200,
        FIGURES[view] | {"late": "The last report is of 18 Nov 2026. Look at its DAG's last run."},
    ),
    "nothing": lambda view: (200, nothing_yet(view)),
    "hostile": lambda view: (200, named(view, HOSTILE)),
    "odd": lambda view: (200, named(view, ODD)),
    "many": lambda view: (200, FIGURES[view] | {"flags": FIGURES["hygiene"]["flags"] * 9}),
    "unknown": lambda view: (200, unknown(view)),
    "empty": lambda view: failure(404, "no_report"),
    "unreadable": lambda view: failure(502, "unreadable"),
    "refused": lambda view: (403, {"detail": "Forbidden"}),
    "signed-out": lambda view: (401, {"detail": "Not authenticated"}),
    "broken": lambda view: (500, "no JSON object"),
    "newer": lambda view: (200, FIGURES[view] | {"version": 2}),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        scene, _, path = address.path.lstrip("/").partition("/")
        kind, _, name = path.removeprefix("ldusage/").partition("/")
        if path == "frame":
            self._send(200, FRAME.format(query=address.query).encode(), "text/html", policy=None)
        elif kind == "data" and scene in SCENES:
            self._data(scene, name.removesuffix(".json"), parse_qs(address.query))
        elif kind in ("pages", "static") and ".." not in name and (STATIC / name).is_file():
            found = mimetypes.guess_type(name)[0] or "application/octet-stream"
            self._send(200, (STATIC / name).read_bytes(), found)
        else:
            self._send(404, b"not found", "text/plain")

    def _data(self, scene: str, view: str, query: dict[str, list[str]]) -> None:
        lakes = ONE if scene != "lakes" else TWO
        known = query.get("lake", [""])[0] in [lake["name"] for lake in lakes["lakes"]]
        status, body = (
            (200, lakes) if view == "lakes" else SCENES[scene](view) if known else failure(404, "unknown_lake")
        )
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str, policy: str | None = POLICY) -> None:
        self.send_response(status)
        if policy:
            self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that leaves is no error."""


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server, which ends with the block."""
    server = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
