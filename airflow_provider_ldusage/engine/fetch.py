"""Ask LaunchDarkly for the days of a part, and turn its answers into rows by day.

Fetcher
├── SeriesFetcher       points in time: a request for each range and flag
├── DailyListFetcher    a list for each day
└── SnapshotFetcher     a list of the present
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from contextlib import ExitStack, closing
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from airflow_provider_ldusage.answers.lists import items_of, list_rows
from airflow_provider_ldusage.answers.series import SeriesAnswer, SeriesDecoder
from airflow_provider_ldusage.api.resources import every_environment, list_flags, list_projects
from airflow_provider_ldusage.api.scratch import IN_MEMORY
from airflow_provider_ldusage.days import Window, utc_day
from airflow_provider_ldusage.engine.fetched import Fetched
from airflow_provider_ldusage.engine.plan import DEFAULT_MAX_REQUESTS, Part
from airflow_provider_ldusage.engine.question import Question, time_unit
from airflow_provider_ldusage.exceptions import NotFoundError, OtherTimeError, RequestRefusedError
from airflow_provider_ldusage.log_text import fitted
from airflow_provider_ldusage.metrics import Answer, History
from airflow_provider_ldusage.query import Column, UsageQuery
from airflow_provider_ldusage.query_rules import FLAG_ARGUMENT
from airflow_provider_ldusage.rows.coverage import Coverage
from airflow_provider_ldusage.rows.day import Day

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.body import Body
    from airflow_provider_ldusage.api.client import UsageClient

log = logging.getLogger(__name__)


class Fetcher(Protocol):
    """Asks about one query, for one part after another."""

    def flags(self) -> tuple[str | None, ...]:
        """The flags that each range is asked for; a single None where the metric has no flags."""

    def fetch(self, part: Part) -> Fetched:
        """Ask for a part, and check every answer. The caller closes the result.

        :raises LaunchDarklyUsageError: any of its subclasses; nothing of the answers is returned
        """


def fetcher(client: UsageClient, query: UsageQuery, schema: tuple[Column, ...]) -> Fetcher:
    """The fetcher for a query's kind of history.

    :param schema: the table's columns
    """
    kinds: Mapping[History, type[SeriesFetcher | DailyListFetcher | SnapshotFetcher]] = {
        History.SERIES: SeriesFetcher,
        History.DAILY_LIST: DailyListFetcher,
        History.SNAPSHOT: SnapshotFetcher,
    }
    return kinds[query.metric.history](client, query, schema)


def fetch(
    client: UsageClient,
    query: UsageQuery,
    window: Window,
    schema: tuple[Column, ...],
    *,
    now: datetime,
    max_requests: int = DEFAULT_MAX_REQUESTS,
) -> Fetched:
    """Ask for ``window`` (for a list without history: for the present) and check every answer. The caller closes the
    result.

    :raises UsageArgumentError: it would take more than ``max_requests`` usage requests
    :raises LaunchDarklyUsageError: any of its subclasses; nothing of the answers is returned
    """
    part, asking = Part.of(query, window, now), fetcher(client, query, schema)
    part.check_requests(len(query.flags or ("",)), max_requests)
    part.check_requests(len(asking.flags()), max_requests)
    return asking.fetch(part)


class SeriesFetcher:
    """Series of points. Where the documented unit of ``from`` and ``to`` is doubted, an empty or refused answer is
    asked for again in the other unit; the first answer with points settles it."""

    def __init__(self, client: UsageClient, query: UsageQuery, schema: tuple[Column, ...]) -> None:
        self._client, self._query, self._schema = client, query, schema
        self._units = _units(query, client.config.time_units)
        self._flags: tuple[str | None, ...] | None = None

    def flags(self) -> tuple[str | None, ...]:
        if self._query.flags is None:
            return (None,)
        if self._flags is None:
            self._flags = self._query.flags or tuple(
                dict.fromkeys(list_flags(self._client, self._query.path["project_key"]))
            )
        return self._flags

    def fetch(self, part: Part) -> Fetched:
        asked, decoder = self._client.clock.read(), SeriesDecoder(self._query, self._schema)
        answers: list[SeriesAnswer] = []
        answered: list[Question] = []
        gone: list[NotFoundError] = []
        with ExitStack() as stack:
            stack.callback(decoder.close)
            for question, answer in stack.enter_context(closing(self._answers(part, decoder))):
                if isinstance(answer, SeriesAnswer):
                    answers.append(answer)
                    answered.append(question)
                else:
                    log.warning("%s", fitted(f"Flag {question.flag!r} was listed, but is gone: ", [str(answer)], 1))
                    gone.append(answer)
            if gone and not answers:
                raise gone[-1]  # not the flags: the project or the environment
            return Fetched(
                self._client.clock.when(asked),  # by now an answer has told LaunchDarkly's time
                dict(decoder.days()),
                self._coverage(part, answered),
                decoder.series,
                _data_through(answers),
                decoder.projection(),
                stack.pop_all(),
            )

    def _answers(
        self, part: Part, decoder: SeriesDecoder
    ) -> Generator[tuple[Question, SeriesAnswer | NotFoundError], None, None]:
        """The answer to each question; where LaunchDarkly has listed the flags, the error of one that is gone.

        Until the unit of time is known, questions are asked one after the other: the answer to one may settle it.
        """
        questions, alone = part.questions(self.flags()), part.requests(len(self.flags())) == 1
        while len(self._units) > 1:
            question = next(questions, None)
            if question is None:
                return
            yield question, self._ask(question, decoder)
        ask = partial(self._download, in_memory=IN_MEMORY if alone else self._client.share_of_memory)
        with self._client.side_by_side(ask, questions, _close) as flight:
            for question, body in flight:
                yield question, body if isinstance(body, NotFoundError) else self._read(question, body, decoder)

    def _ask(self, question: Question, decoder: SeriesDecoder) -> SeriesAnswer | NotFoundError:
        """The answer to one question, in a unit of time that LaunchDarkly understands."""
        refused: RequestRefusedError | OtherTimeError | None = None
        answer = SeriesAnswer()
        for unit in self._units:
            try:
                body = self._download(question, unit)
                if isinstance(body, NotFoundError):
                    return body
                answer = self._read(question, body, decoder)
            except (RequestRefusedError, OtherTimeError) as error:
                if refused or not _may_be_the_unit(error):
                    raise refused or error from None
                refused = error
                continue
            if answer.points:
                self._settle(unit)
                break
        return answer

    def _download(
        self, question: Question, unit: str | None = None, in_memory: int = IN_MEMORY
    ) -> Body | NotFoundError:
        """The answer to one question, not decoded. May be called in any thread."""
        try:
            return self._client.download(
                question.path,
                path_args=question.path_args,
                params=question.params(unit or self._units[0]),
                api_version=question.api_version,
                in_memory=in_memory,
            )
        except NotFoundError as error:
            if self._query.flags != ():  # named by the author, not listed by LaunchDarkly
                raise
            return error

    def _read(self, question: Question, body: Body, decoder: SeriesDecoder) -> SeriesAnswer:
        with body:
            return decoder.add(body, ask=question.chunk.ask, keep=question.chunk.keep, fixed=question.fixed)

    def _settle(self, unit: str) -> None:
        documented, *others = self._units
        if unit in others:
            log.warning(
                "%s takes from/to in %s, not in %s as documented. To save a request: extra time_units={%r: %r}.",
                self._query.metric.name, unit, documented, self._query.metric.name, unit,
            )  # fmt: skip
        self._units = (unit,)

    def _coverage(self, part: Part, answered: list[Question]) -> dict[date, Coverage]:
        """Where LaunchDarkly listed the flags: of each day, the flags that were answered for."""
        if self._query.flags != ():
            return {}
        flags = {chunk: frozenset(q.flag for q in answered if q.chunk == chunk and q.flag) for chunk in part.chunks}
        return {day: Coverage(FLAG_ARGUMENT, flags[chunk]) for chunk in part.chunks for day in chunk.keep.days()}


class ListFetcher:
    """What lists have in common: they are about no flags."""

    def __init__(self, client: UsageClient, query: UsageQuery, schema: tuple[Column, ...]) -> None:
        self._client, self._query, self._schema = client, query, schema

    def flags(self) -> tuple[str | None, ...]:
        return (None,)


class DailyListFetcher(ListFetcher):
    """A list without times: asked for one day at a time."""

    def fetch(self, part: Part) -> Fetched:
        asked = self._client.clock.read()
        days: dict[date, Day] = {}
        paged: dict[date, Day] = {}
        with self._client.side_by_side(self._ask, part.questions()) as flight:
            for question, (items, pages) in flight:
                rows, day = list_rows(items, self._query, self._schema), question.chunk.keep.start
                if len(rows):
                    days[day] = rows
                if pages > 1:
                    paged[day] = rows
        return Fetched(self._client.clock.when(asked), days, _items_covered(self._query, paged))

    def _ask(self, question: Question) -> tuple[list[Any], int]:
        """The items of one day, and the number of pages they came in."""
        params, kind = (
            question.params(time_unit(self._query, self._client.config.time_units)),
            self._query.metric.answer,
        )
        if self._query.metric.page_size is None:
            return items_of(self._client.get_json(question.path, params=params), kind), 1
        params.append(("limit", str(self._query.metric.page_size)))
        pages = list(self._client.pages_by_cursor(question.path, params=params))
        return [item for page in pages for item in items_of(page, kind)], len(pages)


class SnapshotFetcher(ListFetcher):
    """A list of the present. It is stored under the UTC day on which it was seen."""

    def fetch(self, part: Part) -> Fetched:
        asked = self._client.clock.read()
        rows = list_rows(self._items(), self._query, self._schema)
        asked_at = self._client.clock.when(asked)
        seen = utc_day(part.now + (self._client.now() - asked_at))  # midnight may have passed meanwhile
        return Fetched(asked_at, {seen: rows}, _items_covered(self._query, {seen: rows}))

    def _items(self) -> list[Any]:
        kind = self._query.metric.answer
        if kind is Answer.PROJECTS:
            return list(list_projects(self._client))
        if kind is Answer.ENVIRONMENTS:
            return list(every_environment(self._client))
        answer = self._client.get_json(
            self._query.metric.path, path_args=self._query.path_args(), params=self._query.params
        )
        return items_of(answer, kind)


def _units(query: UsageQuery, configured: Mapping[str, str]) -> tuple[str, ...]:
    """The units of ``from`` and ``to`` to try, one after the other."""
    unit = time_unit(query, configured)
    if not query.metric.unit_uncertain or query.metric.name in configured:
        return (unit,)
    return (unit, "ms" if unit == "s" else "s")


def _may_be_the_unit(error: RequestRefusedError | OtherTimeError) -> bool:
    """Whether a wrong unit looks like this: refused with 400, or points of another time."""
    return isinstance(error, OtherTimeError) or error.status == 400


def _data_through(answers: list[SeriesAnswer]) -> str | None:
    """Up to when the last answer that says so is counted."""
    through = next((answer.data_through for answer in reversed(answers) if answer.data_through), None)
    if answers and answers[-1].delayed:
        log.warning("LaunchDarkly reports that these figures are delayed; counted through %s.", through)
    return through


def _items_covered(query: UsageQuery, days: Mapping[date, Day]) -> dict[date, Coverage]:
    """Of each day, the items that are in its list; nothing for lists whose items have no id."""
    column = query.metric.item_key
    if column is None:
        return {}
    return {day: Coverage(column, frozenset(rows.labels.values(column))) for day, rows in days.items()}


def _close(body: Body | NotFoundError) -> None:
    if not isinstance(body, NotFoundError):
        body.close()
