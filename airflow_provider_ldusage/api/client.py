"""The one funnel through which this package asks LaunchDarkly.

The REST API: https://launchdarkly.com/docs/api. The usage endpoints are beta and each request must say so; helper
calls use the dated version ``20240415``.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.api import failures
from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.retry import Stats
from airflow_provider_ldusage.api.transport import Transport
from airflow_provider_ldusage.api.urls import next_url, request_url
from airflow_provider_ldusage.exceptions import AnswerError

if TYPE_CHECKING:
    import requests

    from airflow_provider_ldusage.api.scratch import Scratch

BETA = "beta"
STABLE = "20240415"
MAX_PAGES = 10_000
Params = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Account:
    """The LaunchDarkly account that a token belongs to: its id, and the host name of its instance."""

    id: str
    host: str


def build_session(config: ClientConfig) -> requests.Session:
    """A ``requests`` session that sends the token to the configured origin alone; see :mod:`.session`."""
    from airflow_provider_ldusage.api import session  # imports requests, which a DAG file need not pay for

    return session.build_session(config)


class UsageClient:
    """Asks LaunchDarkly, patiently and within bounds. For one task and one thread.

    Every method raises, beside what it names itself: ``UnauthorizedError`` (401), ``ForbiddenError`` (403),
    ``NotFoundError`` (404), ``DataExportIdentityError`` (409 with that code), ``RequestRefusedError`` (other 4xx and
    redirects), ``RateLimitedError`` (429 beyond ``max_wait``), ``ServerTroubleError`` (5xx, broken connections and
    timeouts beyond five retries), ``ConnectionConfigError`` (certificate or proxy), ``AnswerError`` (a 200 that cannot
    be an answer of the API). None of them shows the token.

    :param config: what to ask, and for how long
    :param session: another session than :func:`build_session` makes; the caller closes it
    :param sleep: waits for seconds
    :param clock: epoch seconds
    :param rng: source of jitter
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        rng: random.Random | None = None,
    ) -> None:
        self.config = config
        self._transport = Transport(config, session, sleep, clock, rng or random.Random())

    @property
    def stats(self) -> Stats:
        """What this client has done so far."""
        return self._transport.stats

    @property
    def session(self) -> requests.Session:
        """The session of this client, made when first needed."""
        return self._transport.session

    def now(self) -> datetime:
        """The time by LaunchDarkly's clock, UTC: this machine's, corrected by what the answers have shown so far.

        Right to a second plus the time that one answer took, however wrong this machine's clock is, so that questions
        of several machines can be put in order. This machine's clock before the first answer, where it cannot be told
        to be wrong, and where no answer of LaunchDarkly itself has a ``Date``.
        """
        return datetime.fromtimestamp(self._transport.now(), timezone.utc)

    @property
    def doubt(self) -> timedelta:
        """How far :meth:`now` may be off: nothing where this machine's clock needed no correction, else about a second,
        as ``Date`` has no more. Questions that are no further apart cannot be put in order."""
        return timedelta(seconds=self._transport.doubt)

    def __repr__(self) -> str:
        return f"UsageClient({self.config.base_url})"

    def __enter__(self) -> UsageClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections of the client's own session."""
        self._transport.close()

    def hand_back(self, longest: float | None, waited: float = 0.0) -> None:
        """Let the caller wait out long rate limits, and do something better meanwhile.

        A wait of ``longest`` seconds or more that ``max_wait`` allows is then no wait but a ``RateLimitedError`` whose
        ``retry_in`` is set.

        :param longest: seconds; None: no wait is handed back
        :param waited: seconds that the caller has waited so already: they count towards ``max_wait``
        """
        self._transport.budget.longest = longest
        self._transport.budget.used += waited

    def get(
        self,
        path_template: str,
        *,
        path_args: Mapping[str, str] | None = None,
        params: Params = (),
        api_version: str = BETA,
    ) -> bytes:
        """The body of one answer: decompressed JSON, an object or array, not yet decoded.

        :param path_template: such as ``/api/v2/usage/events/{type}``
        :param path_args: value of each ``{name}``, as plain text
        :param params: pairs of the query; a name with several values is repeated
        :param api_version: ``LD-API-Version``
        :raises UsageArgumentError: an argument that cannot be sent; nothing was asked
        """
        with self.download(path_template, path_args=path_args, params=params, api_version=api_version) as body:
            return body.read()

    def download(
        self,
        path_template: str,
        *,
        path_args: Mapping[str, str] | None = None,
        params: Params = (),
        api_version: str = BETA,
    ) -> Scratch:
        """Like :meth:`get`, without having all of it in memory; the caller closes it.

        :raises TemporaryFileError: it cannot be set aside
        """
        return self._transport.fetch(self._url(path_template, path_args, params), api_version).body

    def get_json(
        self,
        path_template: str,
        *,
        path_args: Mapping[str, str] | None = None,
        params: Params = (),
        api_version: str = BETA,
    ) -> Any:
        """Like :meth:`get`, decoded."""
        return self._get_json(self._url(path_template, path_args, params), api_version)

    def items(
        self,
        path_template: str,
        *,
        path_args: Mapping[str, str] | None = None,
        params: Params = (),
        page_key: str = "items",
        api_version: str = STABLE,
    ) -> Iterator[dict[str, Any]]:
        """Every item of a list that is paged by links: follows ``_links.next.href`` to the end.

        The "Pagination" part of https://launchdarkly.com/docs/api. Links are followed to the configured origin and
        below ``/api/v2/`` only.

        :raises AnswerError: a page of another shape, a link elsewhere, or links that go in a circle
        """
        url = self._url(path_template, path_args, params)
        seen: set[str] = set()
        while url:
            self._guard(seen, url, path_template)
            page = self._page(url, api_version)
            items = page.get(page_key)
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise self._misfit(url, f"a page without a list of objects named {page_key!r}")
            yield from items
            href = _next_href(page)
            if href is None:
                return
            if not href:
                raise self._misfit(url, "a link to the next page that has no address")
            url = next_url(self.config.base_url, url, href)

    def pages_by_cursor(
        self,
        path_template: str,
        *,
        path_args: Mapping[str, str] | None = None,
        params: Params = (),
        api_version: str = BETA,
    ) -> Iterator[dict[str, Any]]:
        """Every page of a list that is paged by cursor: sends ``page.nextCursor`` as ``cursor`` until there is none.

        Of the usage endpoints, ``/api/v2/usage/data-export-events/projects/ranking`` alone.

        :raises AnswerError: a page of another shape, or cursors that go in a circle
        """
        seen: set[str] = set()
        query = list(params)
        while True:
            url = self._url(path_template, path_args, query)
            self._guard(seen, url, path_template)
            page = self._page(url, api_version)
            yield page
            place = page.get("page") or {}
            cursor = place.get("nextCursor") if isinstance(place, dict) else 0
            if cursor is None or cursor == "":
                return
            if not isinstance(cursor, str):
                raise self._misfit(url, "a page without a readable cursor")
            query = [pair for pair in params if pair[0] != "cursor"] + [("cursor", cursor)]

    def account(self) -> Account:
        """The account of the token, asked for once: ``GET /api/v2/caller-identity``.

        https://launchdarkly.com/docs/api/other/get-caller-identity. Also the cheapest proof that a connection works.

        :raises AnswerError: the answer names no account
        """
        return self._account

    @cached_property
    def _account(self) -> Account:
        url = self._url("/api/v2/caller-identity", None, ())
        account_id = self._page(url, STABLE).get("accountId")
        if not isinstance(account_id, str) or not account_id:
            raise self._misfit(url, "no accountId")
        return Account(id=account_id, host=self.config.host)

    def _url(self, path_template: str, path_args: Mapping[str, str] | None, params: Params) -> str:
        return request_url(self.config.base_url, path_template, path_args or {}, params)

    def _misfit(self, url: str, why: str) -> AnswerError:
        return failures.misfit(f"GET {url}", why, self._transport.redact)

    def _guard(self, seen: set[str], url: str, path_template: str) -> None:
        if url in seen or len(seen) >= MAX_PAGES:
            why = "pages that go in a circle" if url in seen else f"more than {MAX_PAGES} pages"
            raise self._misfit(self.config.base_url + path_template, why)
        seen.add(url)

    def _page(self, url: str, api_version: str) -> dict[str, Any]:
        page = self._get_json(url, api_version)
        if not isinstance(page, dict):
            raise self._misfit(url, "an array where an object was due")
        return page

    def _get_json(self, url: str, api_version: str) -> Any:
        import msgspec

        reply = self._transport.fetch(url, api_version)
        with reply.body:
            body = reply.body.read()
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            why = f"is not valid JSON, {self._transport.redact(str(error), 100)}"
        raise failures.not_json(f"GET {url}", body, reply.content_type, self._transport.redact, why)


def _next_href(page: Mapping[str, Any]) -> str | None:
    """Address of the next page; None on the last one, empty where a link has no address that can be read."""
    links = page.get("_links")
    link = links.get("next") if isinstance(links, dict) else links
    if link is None:
        return None
    href = link.get("href") if isinstance(link, dict) else None
    return href if isinstance(href, str) else ""
