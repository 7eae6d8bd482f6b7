"""What LaunchDarkly's REST API offers beyond single requests: paged lists, and the account of a token.

The REST API: https://launchdarkly.com/docs/api.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from airflow_provider_ldusage.api import failures
from airflow_provider_ldusage.api.transport import Params, Transport
from airflow_provider_ldusage.api.urls import next_path, request_path
from airflow_provider_ldusage.exceptions import AnswerError, NotFoundError
from airflow_provider_ldusage.metrics import BETA, STABLE

MAX_PAGES = 10_000


@dataclass(frozen=True)
class Account:
    """The LaunchDarkly account that a token belongs to.

    :param id: the account's id
    :param host: host name of the account's instance
    """

    id: str
    host: str


@dataclass(frozen=True)
class _Page:
    """One page of a list.

    :param url: the URL that was requested
    :param fields: the decoded body
    """

    url: str
    fields: dict[str, Any]


class UsageClient(Transport):
    """A client of LaunchDarkly's REST API, for one task. Takes the arguments of :class:`.Transport`. Its methods may be
    called in the threads of :meth:`.Transport.side_by_side`, and otherwise in one thread.

    Besides what it documents itself, every method raises ``UnauthorizedError`` (401), ``ForbiddenError`` (403),
    ``NotFoundError`` (404), ``DataExportIdentityError`` (409 with that code), ``RequestRefusedError`` (other 4xx and
    redirects), ``RateLimitedError`` (429 beyond ``max_wait``), ``ServerTroubleError`` (5xx, broken connections and
    timeouts beyond five retries), ``ConnectionConfigError`` (certificate or proxy), or ``AnswerError`` (a 200 that does
    not match the API's contract). No error shows the token.
    """

    def __repr__(self) -> str:
        return f"UsageClient({self.config.base_url})"

    def __enter__(self) -> UsageClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def items(
        self,
        path_template: str,
        *,
        path_args: Mapping[str, str] | None = None,
        params: Params = (),
        page_key: str = "items",
        api_version: str = STABLE,
    ) -> Iterator[dict[str, Any]]:
        """The items of a list that is paged by links: follows ``_links.next.href`` to the last page.

        See "Pagination" in https://launchdarkly.com/docs/api. Only links to the configured origin and below
        ``/api/v2/`` are followed.

        :param page_key: the field of a page that holds its items
        :raises AnswerError: a page does not match the contract, links elsewhere, or links back to an earlier one
        """
        path = request_path(path_template, path_args or {}, params)
        try:
            for page in self._pages(path, api_version, self._linked_path):
                items = page.fields.get(page_key)
                if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                    raise self._misfit(page.url, f"a page without a list of objects named {page_key!r}")
                yield from items
        except NotFoundError as error:
            raise failures.naming_keys(error, path_args or {}) from None

    def pages_by_cursor(
        self,
        path_template: str,
        *,
        path_args: Mapping[str, str] | None = None,
        params: Params = (),
        api_version: str = BETA,
    ) -> Iterator[dict[str, Any]]:
        """The pages of a list that is paged by cursor: sends ``page.nextCursor`` as ``cursor`` until there is none.

        Of the usage endpoints only ``/api/v2/usage/data-export-events/projects/ranking`` is paged like this.

        :raises AnswerError: a page does not match the contract, or a cursor leads back to an earlier one
        """
        first = [pair for pair in params if pair[0] != "cursor"]

        def following(page: _Page) -> str | None:
            cursor = self._next_cursor(page)
            return cursor and request_path(path_template, path_args or {}, [*first, ("cursor", cursor)])

        path = request_path(path_template, path_args or {}, params)
        return (page.fields for page in self._pages(path, api_version, following))

    def account(self) -> Account:
        """The account of the token, requested once: ``GET /api/v2/caller-identity``.

        See https://launchdarkly.com/docs/api/other/get-caller-identity. This is also the cheapest test of a connection.

        :raises AnswerError: the response names no account
        """
        return self._account

    @cached_property
    def _account(self) -> Account:
        page = self._page("/api/v2/caller-identity", STABLE)
        account_id = page.fields.get("accountId")
        if not isinstance(account_id, str) or not account_id:
            raise self._misfit(page.url, "no accountId")
        return Account(id=account_id, host=self.config.host)

    def _pages(self, path: str | None, api_version: str, following: Callable[[_Page], str | None]) -> Iterator[_Page]:
        """The pages of a list.

        :param path: path and query of the first page
        :param following: gives path and query of the page after one; None after the last
        :raises AnswerError: the pages have no end
        """
        seen: set[str] = set()
        while path:
            if path in seen or len(seen) >= MAX_PAGES:
                reason = "pages that form a circle" if path in seen else f"more than {MAX_PAGES} pages"
                raise self._misfit(self.config.base_url + path.partition("?")[0], reason)
            seen.add(path)
            page = self._page(path, api_version)
            yield page
            path = following(page)

    def _page(self, path: str, api_version: str) -> _Page:
        with self.download(path, api_version=api_version) as body:
            fields = self._decode(body)
        if not isinstance(fields, dict):
            raise self._misfit(body.url, "an array in place of an object")
        return _Page(body.url, fields)

    def _linked_path(self, page: _Page) -> str | None:
        """Path and query of the page that a page links to; None on the last page."""
        links = page.fields.get("_links")
        link = links.get("next") if isinstance(links, dict) else links
        if link is None:
            return None
        href = link.get("href") if isinstance(link, dict) else None
        if not isinstance(href, str) or not href:
            raise self._misfit(page.url, "a link to the next page that has no address")
        return next_path(self.config.base_url, page.url, href)

    def _next_cursor(self, page: _Page) -> str | None:
        """The cursor of the page after a page; None on the last page."""
        place = page.fields.get("page") or {}
        cursor = place.get("nextCursor") if isinstance(place, dict) else 0
        if cursor is not None and not isinstance(cursor, str):
            raise self._misfit(page.url, "a page without a readable cursor")
        return cursor or None

    def _misfit(self, url: str, reason: str) -> AnswerError:
        return failures.misfit(f"GET {url}", reason, self._redact)
