"""Ask LaunchDarkly for a window: the requests that takes, and their answers as rows by day."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.api.errors import NotFoundError, RequestRefusedError, UsageArgumentError
from airflow_provider_ldusage.api.resources import list_environments, list_flags, list_projects
from airflow_provider_ldusage.lists import items_of, list_rows
from airflow_provider_ldusage.metrics import Answer, History
from airflow_provider_ldusage.query import FLAG_ARGUMENT, Column, UsageQuery
from airflow_provider_ldusage.rows import Day
from airflow_provider_ldusage.series import SeriesAnswer, SeriesDecoder
from airflow_provider_ldusage.windows import SETTLING_DAYS, Chunk, Window, chunks, utc_day

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

log = logging.getLogger(__name__)

DEFAULT_MAX_REQUESTS = 500
# The endpoints that choose their granularity answer ranges of two days and more, and such that began before the
# last two days, in days: https://launchdarkly.com/docs/api/account-usage-beta/get-evaluations-usage
DAILY_FROM_DAYS = 2


@dataclass(frozen=True)
class Ask:
    """One question: the days to ask for and those to keep, and the flag it is about, where it is about one."""

    chunk: Chunk
    flag: str | None = None


@dataclass
class Fetched:
    """What LaunchDarkly reports for a window.

    - ``days``: the days that have any rows; lists without history are under the UTC day they were seen
    - ``series``: how many series have a figure in them; None for lists
    - ``asked_at``: when the first question went out
    - ``data_through``: RFC 3339, up to when a data export figure is counted
    - ``projection``: a forecast that came along
    """

    asked_at: datetime
    days: dict[date, Day] = field(default_factory=dict)
    series: int | None = None
    data_through: str | None = None
    delayed: bool = False
    projection: Day | None = None
    set_aside: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """Let go of what was set aside: the days of a series cannot give their rows any more."""
        self.set_aside.close()


def plan_chunks(query: UsageQuery, window: Window, now: datetime) -> list[Chunk]:
    """The ranges to ask for, such that each answer comes in the granularity and from the start that was meant."""
    metric = query.metric
    if metric.history is History.DAILY_LIST:
        days = [Window(day, day + timedelta(days=1)) for day in window.days()]
        return [Chunk(day, day) for day in days]
    if not metric.automatic_granularity:
        return chunks(window, max_days=metric.max_days, from_month_start=query.cumulative)
    oldest = utc_day(now) - timedelta(days=SETTLING_DAYS)
    return [
        Chunk(
            Window(min(chunk.ask.start, oldest) if chunk.ask.end > oldest else chunk.ask.start, chunk.ask.end),
            chunk.keep,
        )
        for chunk in chunks(window, max_days=metric.max_days, min_days=DAILY_FROM_DAYS)
    ]


def fetch(
    client: UsageClient,
    query: UsageQuery,
    window: Window,
    schema: tuple[Column, ...],
    *,
    now: datetime,
    max_requests: int = DEFAULT_MAX_REQUESTS,
) -> Fetched:
    """Ask for ``window`` (for a list without history: for what is there now) and check every answer. The caller closes
    what it gets.

    :raises UsageArgumentError: if it would take more than ``max_requests`` usage requests
    :raises LaunchDarklyUsageError: any of its subclasses; nothing of the answers is returned then
    """
    fetched, began = Fetched(asked_at=datetime.now(timezone.utc)), time.monotonic()
    if query.metric.history is History.SNAPSHOT:
        items = _snapshot(client, query)
        seen = now + timedelta(seconds=time.monotonic() - began)  # it may have become another day
        fetched.days[utc_day(seen)] = list_rows(items, query, schema)
        return fetched
    ranges = plan_chunks(query, window, now)
    check_requests(query, window, len(ranges), len(query.flags or ("",)), max_requests)
    flags: tuple[str | None, ...] = (None,)
    if query.flags is not None:
        flags = query.flags or tuple(dict.fromkeys(list_flags(client, query.path["project_key"])))
        check_requests(query, window, len(ranges), len(flags), max_requests)
    asks = [Ask(chunk, flag) for chunk in ranges for flag in flags]
    if query.metric.history is History.DAILY_LIST:
        for ask in asks:
            rows = list_rows(_daily_list(client, query, ask, now), query, schema)
            if len(rows):
                fetched.days[ask.chunk.keep.start] = rows
        return fetched
    _fetch_series(client, query, asks, schema, fetched, now)
    return fetched


def check_requests(query: UsageQuery, window: Window, ranges: int, flags: int, max_requests: int) -> None:
    """Refuse a plan that is larger than its author may have meant.

    :raises UsageArgumentError: saying how many requests it would take
    """
    if ranges * flags > max_requests:
        raise UsageArgumentError(
            f"Loading {query.metric.name!r} for {window} takes {ranges * flags} requests ({flags} flags x {ranges} "
            f"ranges), more than max_requests={max_requests}. Load fewer flags or days, or raise max_requests."
        )


def _fetch_series(
    client: UsageClient, query: UsageQuery, asks: list[Ask], schema: tuple[Column, ...], fetched: Fetched, now: datetime
) -> None:
    decoder = SeriesDecoder(query, schema)
    fetched.set_aside.callback(decoder.close)
    try:
        _ask_all(client, query, asks, decoder, fetched, now)
        fetched.days, fetched.series = dict(decoder.days()), decoder.series
        fetched.projection = decoder.projection()
    except BaseException:
        fetched.close()
        raise
    if fetched.delayed:
        log.warning("LaunchDarkly reports that these figures are delayed; counted through %s.", fetched.data_through)


def _ask_all(
    client: UsageClient, query: UsageQuery, asks: list[Ask], decoder: SeriesDecoder, fetched: Fetched, now: datetime
) -> None:
    unit = _Unit(client, query)
    gone: list[NotFoundError] = []
    for ask in asks:
        try:
            answer = unit.ask(decoder, ask, now)
        except NotFoundError as error:
            if query.flags != ():  # named by the author, not listed by LaunchDarkly
                raise
            log.warning("Flag %r was listed, but is gone: %s", ask.flag, error)
            gone.append(error)
            continue
        fetched.data_through = answer.data_through or fetched.data_through
        fetched.delayed = answer.delayed
    if gone and len(gone) == len(asks):
        raise gone[-1]  # not the flags: the project or the environment


class _Unit:
    """The unit of ``from``/``to``. Where the documented one is doubted, an empty answer is asked for again in the
    other; once an answer has points, its unit is known."""

    def __init__(self, client: UsageClient, query: UsageQuery) -> None:
        override = client.config.time_units.get(query.metric.name)
        self.client, self.query = client, query
        self.unit = override or query.metric.time_unit
        self.uncertain = query.metric.unit_uncertain and not override

    def ask(self, decoder: SeriesDecoder, ask: Ask, now: datetime) -> SeriesAnswer:
        try:
            answer = self._in(self.unit, decoder, ask, now)
        except RequestRefusedError as refused:
            if not self.uncertain or refused.status != 400:
                raise
            return self._other(decoder, ask, now, refused)
        if self.uncertain and not answer.points:
            return self._other(decoder, ask, now, None)
        self.uncertain = False
        return answer

    def _other(
        self, decoder: SeriesDecoder, ask: Ask, now: datetime, refused: RequestRefusedError | None
    ) -> SeriesAnswer:
        other = "ms" if self.unit == "s" else "s"
        try:
            answer = self._in(other, decoder, ask, now)
        except RequestRefusedError as second:
            if refused is not None or second.status != 400:
                raise refused or second from None
            return SeriesAnswer()  # the documented unit was understood: there is no usage
        if answer.points:
            log.warning(
                "%s takes from/to in %s, not in %s as documented. To save a request: extra time_units={%r: %r}.",
                self.query.metric.name, other, self.unit, self.query.metric.name, other,
            )  # fmt: skip
            self.unit, self.uncertain = other, False
        return answer

    def _in(self, unit: str, decoder: SeriesDecoder, ask: Ask, now: datetime) -> SeriesAnswer:
        fixed = {} if ask.flag is None else {FLAG_ARGUMENT: ask.flag}
        with self.client.download(
            self.query.metric.path,
            path_args=_path_args(self.query, fixed),
            params=[*_range(ask.chunk.ask, unit, now), *self.query.params],
            api_version=self.query.metric.api_version,
        ) as body:
            return decoder.add(body, ask=ask.chunk.ask, keep=ask.chunk.keep, fixed=fixed)


def _range(window: Window, unit: str, now: datetime) -> list[tuple[str, str]]:
    """``from`` and ``to``, always both; the open day ends now."""
    end_ms = min(window.end_ms, max(int(now.timestamp()) * 1000, window.start_ms + 1000))
    scale = 1 if unit == "ms" else 1000
    return [("from", str(window.start_ms // scale)), ("to", str(end_ms // scale))]


def _path_args(query: UsageQuery, fixed: Mapping[str, str]) -> dict[str, str]:
    values = {**query.path, **fixed}
    return {argument.parameter: values[argument.name] for argument in query.metric.path_arguments}


def _snapshot(client: UsageClient, query: UsageQuery) -> list[Any]:
    if query.metric.answer is Answer.PROJECTS:
        return list(list_projects(client))
    if query.metric.answer is Answer.ENVIRONMENTS:
        return list(_every_environment(client))
    answer = client.get_json(query.metric.path, path_args=_path_args(query, {}), params=query.params)
    return items_of(answer, query.metric.answer)


def _every_environment(client: UsageClient) -> Iterator[dict[str, Any]]:
    for project in list_projects(client):
        of = {"id": project.get("_id"), "key": project.get("key")}
        for environment in list_environments(client, str(project.get("key"))):
            yield {**environment, "project": of}


def _daily_list(client: UsageClient, query: UsageQuery, ask: Ask, now: datetime) -> list[Any]:
    params = [*_range(ask.chunk.ask, query.metric.time_unit, now), *query.params]
    if query.metric.answer is not Answer.RANKING:
        return items_of(client.get_json(query.metric.path, params=params), query.metric.answer)
    params.append(("limit", str(query.metric.page_size)))
    pages = client.pages_by_cursor(query.metric.path, params=params)
    return [item for page in pages for item in items_of(page, query.metric.answer)]
