"""LaunchDarkly on loopback, as far away as wanted: ``python -m benchmarks.far_launchdarkly`` prints its port.

It answers for any flag and any days with small figures that follow from what was asked, and allows more requests than
are sent, so that a load waits for answers and for nothing else.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from zlib import crc32

from benchmarks.processes import listening
from benchmarks.waiting_http import Control, Far, Request, Response, serve

DAY_MS = 24 * 3_600_000
ALLOWED = 100_000
SERIES = [{"key": "true"}, {"key": "false"}]


def answer(request: Request) -> Response:
    headers = {
        "Content-Type": "application/json",
        "Date": formatdate(usegmt=True),
        "X-Ratelimit-Global-Limit": str(ALLOWED),
        "X-Ratelimit-Global-Remaining": str(ALLOWED - 1),
        "X-Ratelimit-Reset": str(int(time.time() * 1000) + 10_000),
    }
    if "/usage/" not in request.path:
        return Response(200, b'{"accountId":"benchmark"}', headers)
    first, end = int(request.query["from"]), int(request.query["to"])
    salt = crc32(request.path.encode())
    if request.path.endswith("/sdks"):
        body: object = {"sdks": [f"sdk-{number}-{salt % 7}" for number in range(1 + first // DAY_MS % 5)]}
    else:
        days = range(first, end, DAY_MS)
        body = {"metadata": SERIES, "series": [{"time": day, "0": salt, "1": day % 9973} for day in days]}
    return Response(200, json.dumps(body).encode(), headers)


def kind(request: Request) -> str:
    return "usage" if "/usage/" in request.path else "other"


@contextmanager
def running() -> Iterator[Control]:
    with listening("benchmarks.far_launchdarkly") as port:
        yield Control(f"http://127.0.0.1:{port}")


if __name__ == "__main__":
    asyncio.run(serve(Far(answer, kind)))
