"""The page's application, which Airflow's API server mounts below ``/ldusage``.

Only who may see plugins in Airflow gets the page and its data. Static files are the same for everybody. All addresses
in the page are relative.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

from airflow_provider_ldusage.compat import AccessView, requires_access_view
from airflow_provider_ldusage.insight.views.stored_view import VIEWS
from airflow_provider_ldusage.ui.cache import ExpiringCache
from airflow_provider_ldusage.ui.guard import Guard
from airflow_provider_ldusage.ui.lakes import VARIABLE, Lake, Lakes, configured
from airflow_provider_ldusage.ui.problems import Problem, slow
from airflow_provider_ldusage.ui.reading import Body, Stores, read_body

STATIC = Path(__file__).parent / "static"
PAGE = "usage.html"
AT_ONCE = 4
"""Threads of the API server that may wait for stores. It has 40 for everything, its own pages included."""
AT_ONCE_OF_A_LAKE = 2
"""So that a lake whose store hangs leaves threads to the others."""
PATIENCE = 20.0
"""Seconds after which somebody is told that there is no answer yet. Reading goes on, for those who ask again."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class CachedReader:
    """Reads what the page asks for, unless it is in the cache: in a thread, once for all who ask.

    :param stores: of the lakes
    :param lakes: finds the lakes
    """

    def __init__(self, stores: Stores, lakes: Callable[[], Lakes] = configured) -> None:
        self._lakes: ExpiringCache[None, Lakes] = ExpiringCache(lambda _: lakes())
        self._bodies: ExpiringCache[tuple[Lake, str], Body] = ExpiringCache(lambda key: read_body(stores, *key))
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._turns_of: dict[Lake, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE_OF_A_LAKE))
        self._under_way: dict[Hashable, asyncio.Task[Any]] = {}

    async def lakes(self) -> Lakes:
        """:raises Problem: they cannot be told"""
        return await self._get(self._lakes, None, partial(run_in_threadpool, self._lakes.get, None), VARIABLE)

    async def body(self, lake: Lake, view: str) -> Body:
        """:raises Problem: it is not there, or cannot be read"""
        return await self._get(self._bodies, (lake, view), partial(self._read, lake, view), lake.uri)

    async def _read(self, lake: Lake, view: str) -> Body:
        async with self._turns_of[lake], self._turns:
            return await run_in_threadpool(self._bodies.get, (lake, view))

    async def _get(
        self, cache: ExpiringCache[Key, Value], key: Key, read: Callable[[], Coroutine[Any, Any, Value]], about: str
    ) -> Value:
        if found := cache.fresh(key):
            return found.result()
        if (reading := self._under_way.get(key)) is None:
            reading = self._under_way[key] = asyncio.create_task(read())
            reading.add_done_callback(partial(self._done, key))
        await asyncio.wait({reading}, timeout=PATIENCE)
        if not reading.done():
            raise slow(about, PATIENCE)
        found_now: Value = reading.result()
        return found_now

    def _done(self, key: Hashable, reading: asyncio.Task[Any]) -> None:
        del self._under_way[key]
        if not reading.cancelled():
            reading.exception()  # nobody may have waited for it


def create_app(reader: CachedReader | None = None, static: Path = STATIC) -> FastAPI:
    """Make the application.

    :param static: the folder of the page and what belongs to it
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.add_middleware(Guard)
    app.add_exception_handler(Problem, _problem)
    app.include_router(_router(reader or CachedReader(Stores()), static))
    app.mount("/static", StaticFiles(directory=static))
    return app


def _router(reader: CachedReader, static: Path) -> APIRouter:
    router = APIRouter(dependencies=[Depends(requires_access_view(AccessView.PLUGINS))])

    @router.get(f"/pages/{PAGE}")
    async def page() -> FileResponse:
        return FileResponse(static / PAGE)

    @router.get("/data/lakes.json")
    async def lakes() -> JSONResponse:
        return JSONResponse((await reader.lakes()).to_json())

    for view in VIEWS:
        router.add_api_route(f"/data/{view}.json", _data_of(reader, view), methods=["GET"])
    return router


def _data_of(reader: CachedReader, view: str) -> Callable[..., Awaitable[Response]]:
    async def data(lake: str | None = None, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        body = await reader.body((await reader.lakes()).chosen(lake), view)
        headers = {"ETag": body.etag}
        if if_none_match and body.etag in if_none_match:  # a proxy that compresses makes it weak: W/"..."
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(body.content, headers=headers, media_type="application/json")

    return data


async def _problem(_: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    return JSONResponse(problem.to_json(), problem.status)
