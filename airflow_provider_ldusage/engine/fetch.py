"""Ask LaunchDarkly for the days of a part, and turn its answers into rows by day."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.answers.lists import items_of, list_rows
from airflow_provider_ldusage.answers.series import SeriesAnswer, SeriesDecoder
from airflow_provider_ldusage.api.resources import list_environments, list_flags, list_projects
from airflow_provider_ldusage.chunks import Chunk
from airflow_provider_ldusage.days import Window, utc_day
from airflow_provider_ldusage.engine.plan import DEFAULT_MAX_REQUESTS, Part, check_requests
from airflow_provider_ldusage.exceptions import NotFoundError, OtherTimeError, RequestRefusedError
from airflow_provider_ldusage.metrics import Answer, History
from airflow_provider_ldusage.query import FLAG_ARGUMENT, Column, UsageQuery
from airflow_provider_ldusage.rows.coverage import Coverage
from airflow_provider_ldusage.rows.day import Day
from airflow_provider_ldusage.summary import fitted

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

log = logging.getLogger(__name__)

# The lists whose items have an id, of which one that is missing need not be gone.
ITEM_KEYS = {Answer.PROJECTS: "id", Answer.ENVIRONMENTS: "id", Answer.RANKING: "project_key"}


@dataclass(frozen=True)
class Fetched:
    """What LaunchDarkly reports for a part.

    - ``asked_at``: when the first question went out, by the client's corrected clock
    - ``days``: the days that have any rows; lists without history are under the UTC day they were seen
    - ``coverage``: for days that are made of several answers or pages, the rows of which these tell
    - ``series``: how many series have a figure in them; None for lists
    - ``data_through``: RFC 3339, up to when a data export figure is counted
    - ``projection``: a forecast that came along
    """

    asked_at: datetime
    days: Mapping[date, Day]
    coverage: Mapping[date, Coverage] = field(default_factory=dict)
    series: int | None = None
    data_through: str | None = None
    projection: Day | None = None
    set_aside: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """Let go of what was set aside: the days of a series cannot give their rows any more."""
        self.set_aside.close()


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
    fetcher = Fetcher(client, query, schema, now)
    part = Part.of(query, window, now)
    check_requests(query, part, len(query.flags or ("",)), max_requests)
    check_requests(query, part, len(fetcher.flags()), max_requests)
    return fetcher.fetch(part)


class Fetcher:
    """Asks about one query, for one part after another.

    :param schema: the table's columns
    :param now: where the open day ends
    """

    def __init__(self, client: UsageClient, query: UsageQuery, schema: tuple[Column, ...], now: datetime) -> None:
        self._client, self._query, self._schema, self._now = client, query, schema, now
        self._unit = _Unit(client, query)
        self._flags: tuple[str | None, ...] | None = None

    def flags(self) -> tuple[str | None, ...]:
        """The flags that each range is asked for; one None where the metric knows none. Listed once."""
        if self._query.flags is None:
            return (None,)
        if self._flags is None:
            self._flags = self._query.flags or tuple(
                dict.fromkeys(list_flags(self._client, self._query.path["project_key"]))
            )
        return self._flags

    def fetch(self, part: Part) -> Fetched:
        """Ask for a part, and check every answer. The caller closes what it gets.

        :raises LaunchDarklyUsageError: any of its subclasses; nothing of the answers is returned then
        """
        asked_at = self._client.now()
        if self._query.metric.history is History.SNAPSHOT:
            items = _snapshot(self._client, self._query)
            rows = list_rows(items, self._query, self._schema)
            seen = utc_day(self._now + (self._client.now() - asked_at))  # it may have become another day
            return Fetched(asked_at, {seen: rows}, _items_covered(self._query, {seen: rows}))
        if self._query.metric.history is History.DAILY_LIST:
            return self._lists(part, asked_at)
        return self._series(part, asked_at)

    def _lists(self, part: Part, asked_at: datetime) -> Fetched:
        days: dict[date, Day] = {}
        paged: dict[date, Day] = {}
        for chunk in part.chunks:
            items, pages = _daily_list(self._client, self._query, chunk, self._now)
            rows = list_rows(items, self._query, self._schema)
            day = chunk.keep.start
            if len(rows):
                days[day] = rows
            if pages > 1:
                paged[day] = rows
        return Fetched(asked_at, days, _items_covered(self._query, paged))

    def _series(self, part: Part, asked_at: datetime) -> Fetched:
        decoder = SeriesDecoder(self._query, self._schema)
        with ExitStack() as stack:
            stack.callback(decoder.close)
            answers, coverage = self._answers(part, decoder)
            through = next((answer.data_through for answer in reversed(answers) if answer.data_through), None)
            if answers and answers[-1].delayed:
                log.warning("LaunchDarkly reports that these figures are delayed; counted through %s.", through)
            return Fetched(
                asked_at,
                dict(decoder.days()),
                coverage,
                decoder.series,
                through,
                decoder.projection(),
                stack.pop_all(),
            )

    def _answers(self, part: Part, decoder: SeriesDecoder) -> tuple[list[SeriesAnswer], dict[date, Coverage]]:
        """Ask for each range, for some metrics once a flag. Flags that are gone by now are left out."""
        answers: list[SeriesAnswer] = []
        coverage: dict[date, Coverage] = {}
        gone: list[NotFoundError] = []
        for chunk in part.chunks:
            answered = set()
            for flag in self.flags():
                try:
                    answers.append(self._unit.ask(decoder, chunk, flag, self._now))
                    answered.add(flag)
                except NotFoundError as error:
                    if self._query.flags != ():  # named by the author, not listed by LaunchDarkly
                        raise
                    log.warning("%s", fitted(f"Flag {flag!r} was listed, but is gone: ", [str(error)], 1))
                    gone.append(error)
            if self._query.flags == ():
                of = Coverage(FLAG_ARGUMENT, frozenset(flag for flag in answered if flag))
                coverage |= dict.fromkeys(chunk.keep.days(), of)
        if gone and not answers:
            raise gone[-1]  # not the flags: the project or the environment
        return answers, coverage


class _Unit:
    """The unit of ``from``/``to``. Where the documented one is doubted, an empty answer is asked for again in the
    other; once an answer has points, its unit is known."""

    def __init__(self, client: UsageClient, query: UsageQuery) -> None:
        self.client, self.query = client, query
        self.unit = time_unit(client, query)
        self.uncertain = query.metric.unit_uncertain and query.metric.name not in client.config.time_units

    def ask(self, decoder: SeriesDecoder, chunk: Chunk, flag: str | None, now: datetime) -> SeriesAnswer:
        try:
            answer = self._in(self.unit, decoder, chunk, flag, now)
        except (RequestRefusedError, OtherTimeError) as refused:
            if not self.uncertain or not _may_be_the_unit(refused):
                raise
            return self._other(decoder, chunk, flag, now, refused)
        if self.uncertain and not answer.points:
            return self._other(decoder, chunk, flag, now, None)
        self.uncertain = False
        return answer

    def _other(
        self,
        decoder: SeriesDecoder,
        chunk: Chunk,
        flag: str | None,
        now: datetime,
        refused: RequestRefusedError | OtherTimeError | None,
    ) -> SeriesAnswer:
        other = "ms" if self.unit == "s" else "s"
        try:
            answer = self._in(other, decoder, chunk, flag, now)
        except (RequestRefusedError, OtherTimeError) as second:
            if refused is not None or not _may_be_the_unit(second):
                raise refused or second from None
            return SeriesAnswer()  # the documented unit was understood: there is no usage
        if answer.points:
            log.warning(
                "%s takes from/to in %s, not in %s as documented. To save a request: extra time_units={%r: %r}.",
                self.query.metric.name, other, self.unit, self.query.metric.name, other,
            )  # fmt: skip
            self.unit, self.uncertain = other, False
        return answer

    def _in(self, unit: str, decoder: SeriesDecoder, chunk: Chunk, flag: str | None, now: datetime) -> SeriesAnswer:
        fixed = {} if flag is None else {FLAG_ARGUMENT: flag}
        with self.client.download(
            self.query.metric.path,
            path_args=_path_args(self.query, fixed),
            params=[*time_range(chunk.ask, unit, now), *self.query.params],
            api_version=self.query.metric.api_version,
        ) as body:
            return decoder.add(body, ask=chunk.ask, keep=chunk.keep, fixed=fixed)


def time_unit(client: UsageClient, query: UsageQuery) -> str:
    """The unit of ``from`` and ``to``: as the connection says, else as documented."""
    return client.config.time_units.get(query.metric.name) or query.metric.time_unit


def time_range(window: Window, unit: str, now: datetime) -> list[tuple[str, str]]:
    """``from`` and ``to``, always both; the open day ends now.

    :param unit: ``s`` or ``ms``
    """
    end_ms = min(window.end_ms, max(int(now.timestamp()) * 1000, window.start_ms + 1000))
    scale = 1 if unit == "ms" else 1000
    return [("from", str(window.start_ms // scale)), ("to", str(end_ms // scale))]


def _may_be_the_unit(error: RequestRefusedError | OtherTimeError) -> bool:
    """Whether this is what a wrong unit looks like: a refusal with 400, or points of another time."""
    return isinstance(error, OtherTimeError) or error.status == 400


def _items_covered(query: UsageQuery, days: Mapping[date, Day]) -> dict[date, Coverage]:
    """Of each day, the items that are in its list; nothing for lists whose items have no id."""
    column = ITEM_KEYS.get(query.metric.answer)
    if column is None:
        return {}
    found = {}
    for day, rows in days.items():
        position = rows.labels.columns.index(column)
        found[day] = Coverage(column, frozenset(label[position] or "" for label in rows.labels.rows))
    return found


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
    """The environments of each project. A project that is deleted meanwhile is left out."""
    for project in list_projects(client):
        of = {"id": project.get("_id"), "key": project.get("key")}
        try:
            environments = list(list_environments(client, str(project.get("key"))))
        except NotFoundError as error:
            log.warning("%s", fitted(f"Project {project.get('key')!r} was listed, but is gone: ", [str(error)], 1))
            continue
        for environment in environments:
            yield {**environment, "project": of}


def _daily_list(client: UsageClient, query: UsageQuery, chunk: Chunk, now: datetime) -> tuple[list[Any], int]:
    """The items of one day, and of how many pages they are."""
    params = [*time_range(chunk.ask, time_unit(client, query), now), *query.params]
    if query.metric.answer is not Answer.RANKING:
        return items_of(client.get_json(query.metric.path, params=params), query.metric.answer), 1
    params.append(("limit", str(query.metric.page_size)))
    pages = list(client.pages_by_cursor(query.metric.path, params=params))
    return [item for page in pages for item in items_of(page, query.metric.answer)], len(pages)
