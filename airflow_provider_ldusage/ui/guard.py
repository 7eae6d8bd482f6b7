"""What holds for every answer of the page's application."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_ldusage.ui.problems import unexpected

log = logging.getLogger(__name__)

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-ancestors 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
METHODS = ("GET", "HEAD")


class Guard:
    """Refuses whatever may change something, sets the headers, and turns errors into answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        answered = False

        async def guarded(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if scope["method"] not in METHODS:
            refused = JSONResponse({"detail": "Method Not Allowed"}, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET"})
            return await refused(scope, receive, guarded)
        if "\0" in scope["path"]:  # no file's name, which some versions of Starlette look for all the same
            return await JSONResponse({"detail": "Not Found"}, HTTPStatus.NOT_FOUND)(scope, receive, guarded)
        try:
            await self._app(scope, receive, guarded)
        except Exception as error:
            log.exception("The page failed at %r", scope.get("path"))
            if answered:
                raise
            problem: Any = unexpected(error)
            await JSONResponse(problem.to_json(), problem.status)(scope, receive, guarded)
        return None
