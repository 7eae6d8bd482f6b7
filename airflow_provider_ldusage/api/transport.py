"""Requests to LaunchDarkly: retried, paced, and limited in size and time, with an error class for each failure."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.api import failures
from airflow_provider_ldusage.api.body import (
    EXCERPT_BYTES,
    Body,
    BodyTooLargeError,
    BodyTooSlowError,
    read_body,
    read_start,
)
from airflow_provider_ldusage.api.clock import Clock, server_time
from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.pace import Pace
from airflow_provider_ldusage.api.redaction import Redactor
from airflow_provider_ldusage.api.retry import Budget, Failure, Retries, Stats
from airflow_provider_ldusage.api.urls import request_path
from airflow_provider_ldusage.exceptions import ServerTroubleError
from airflow_provider_ldusage.metrics import BETA

if TYPE_CHECKING:
    import requests

log = logging.getLogger(__package__)

Params = Sequence[tuple[str, str]]

_JSON = re.compile(rb"[ \t\r\n]*[\[{]")
_MAX_ERROR_BYTES = 64 * 1024
_MAX_ERROR_SECONDS = 30.0


@dataclass(frozen=True)
class _Response:
    """A response that was received to its end.

    :param status: HTTP status
    :param headers: in any case
    :param body: of a 200, all of it; of any other status, its start
    :param sent: when the request was sent, by this machine's clock, epoch seconds
    :param received: when the headers were received, by the same clock
    """

    status: int
    headers: Mapping[str, str]
    body: Body | bytes
    sent: float
    received: float


class Transport:
    """GET requests to LaunchDarkly, for one task and one thread.

    :param config: the instance, the token, and the limits
    :param waited: seconds that the same task has waited for rate limits before; they count towards ``max_wait``
    :param defer_from: a wait for a rate limit of this many seconds or more, within ``max_wait``, is left to the caller:
        it raises ``RateLimitedError`` with ``retry_in`` set. None: this client waits
    :param session: a session to use in place of its own; the caller closes it
    :param sleep: waits for this many seconds
    :param clock: this machine's clock, epoch seconds
    :param rng: source of the jitter

    :ivar clock: the same clock, corrected by the responses
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        waited: float = 0.0,
        defer_from: float | None = None,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        rng: Random | None = None,
    ) -> None:
        self.config = config
        self.stats = Stats()
        self._given_session = session
        self._own_session: requests.Session | None = None
        self._sleep = sleep
        self._clock = clock
        self._rng = rng or Random()
        self._redact = Redactor(config)
        self._budget = Budget(config.max_wait, waited, defer_from)
        self._pace = Pace(self._clock, self._rng)
        self.clock = Clock(clock)

    @property
    def session(self) -> requests.Session:
        """The session that sends the requests, opened when first needed."""
        if self._given_session is not None:
            return self._given_session
        if self._own_session is None:
            from airflow_provider_ldusage.api.session import build_session

            self._own_session = build_session(self.config)
        return self._own_session

    def close(self) -> None:
        """Close the connections of the client's own session."""
        if self._own_session is not None:
            self._own_session.close()

    def now(self) -> datetime:
        """The time by LaunchDarkly's clock, UTC: this machine's clock, corrected by the responses so far.

        It is right to a second plus the duration of one response, so requests of several machines can be put in order
        even if their clocks are wrong. Without any response that LaunchDarkly itself has dated, it is the time of this
        machine's clock.
        """
        return self.clock.when(self.clock.read())

    @property
    def doubt(self) -> timedelta:
        """How far :meth:`now` may be off: zero if this machine's clock needs no correction, otherwise a second plus the
        duration of the quickest response.

        Requests that are no further apart than this cannot be put in order.
        """
        return self.clock.doubt

    def download(
        self,
        path_template: str,
        *,
        path_args: Mapping[str, str] | None = None,
        params: Params = (),
        api_version: str = BETA,
    ) -> Body:
        """GET a JSON object or array, not decoded and not all in memory. The caller closes it.

        :param path_template: such as ``/api/v2/usage/events/{type}``
        :param path_args: the value of each ``{name}``, as plain text
        :param params: query parameters; a name with several values is repeated
        :param api_version: ``LD-API-Version``
        :raises UsageArgumentError: an argument cannot be sent; no request was made
        :raises TemporaryFileError: the temporary folder is full or not writable
        :raises LaunchDarklyUsageError: see :class:`~airflow_provider_ldusage.api.client.UsageClient`
        """
        url = self.config.base_url + request_path(path_template, path_args or {}, params)
        retries = Retries(self._budget, self.stats, self._clock, self._rng)
        result = retries.retrying(self._sleep)(self._try, url, api_version)
        if isinstance(result, Failure):
            # Raised outside of any except: errors of requests and urllib3 can hold headers and proxy passwords, and
            # must not be kept even in __context__.
            raise failures.naming_keys(result.error, path_args or {}, params)
        return result

    def get(
        self,
        path_template: str,
        *,
        path_args: Mapping[str, str] | None = None,
        params: Params = (),
        api_version: str = BETA,
    ) -> bytes:
        """Like :meth:`download`, in memory."""
        with self.download(path_template, path_args=path_args, params=params, api_version=api_version) as body:
            return body.read()

    def get_json(
        self,
        path_template: str,
        *,
        path_args: Mapping[str, str] | None = None,
        params: Params = (),
        api_version: str = BETA,
    ) -> Any:
        """Like :meth:`download`, decoded."""
        with self.download(path_template, path_args=path_args, params=params, api_version=api_version) as body:
            return self._decode(body)

    def _decode(self, body: Body) -> Any:
        import msgspec

        text = body.read()
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            reason = f"is not valid JSON, {self._redact(str(error), 100)}"
        raise failures.not_json(f"GET {body.url}", text, body.content_type, self._redact, reason)

    def _try(self, url: str, api_version: str) -> Body | Failure:
        """One try of a request."""
        self._keep_pace(url)
        self.stats.requests += 1
        response = self._send(url, api_version)
        if isinstance(response, Failure):
            return response
        log.debug("%s -> %d, %d bytes", self._redact(f"GET {url}", 2000), response.status, _size(response.body))
        self._pace.note(url, response.headers, refused=response.status == 429)
        self.stats.limited += response.status == 429
        if isinstance(response.body, Body):
            return self._accept(url, response, response.body)
        return self._refuse(url, response, response.body)

    def _keep_pace(self, url: str) -> None:
        """Wait before a limit is exceeded: that is shorter than the wait after a 429, and not part of ``max_wait``."""
        seconds, reason = self._pace.pause(url)
        if seconds > 0:
            log.info("Waiting %.1f s to keep pace: %s", seconds, reason)
            self.stats.waited += seconds
            self.stats.paced += seconds
            self._sleep(seconds)

    def _send(self, url: str, api_version: str) -> _Response | Failure:
        """Send a request and read its response."""
        from urllib3.exceptions import HTTPError

        from airflow_provider_ldusage.api.session import TokenAuth, default_headers

        session, began = self.session, time.monotonic()
        try:
            with session.get(
                url,
                auth=TokenAuth(self.config.token, self.config.base_url),
                headers=default_headers(api_version),
                timeout=(self.config.connect_timeout, self.config.timeout),
                allow_redirects=False,
                stream=True,
                verify=self.config.verify,
            ) as response:
                received = self._clock()
                sent = received - (time.monotonic() - began)  # correct even if the clock was set in between
                body = self._read(url, response)
        except (OSError, HTTPError) as error:  # requests' errors are OSErrors; some of urllib3's get through
            return self._no_response(url, error)
        if isinstance(body, Failure):
            return body
        return _Response(response.status_code, response.headers, body, sent, received)

    def _read(self, url: str, response: requests.Response) -> Body | bytes | Failure:
        """Read a response: the body of a 200 to its end, the start of any other."""
        if response.status_code != 200:
            return read_start(response, _MAX_ERROR_BYTES, min(self.config.max_read, _MAX_ERROR_SECONDS))
        try:
            return read_body(response, self.config.max_body_bytes, self.config.max_read)
        except BodyTooLargeError:
            return Failure(failures.too_large(f"GET {url}", self.config.max_body_bytes, self._redact))
        except BodyTooSlowError:
            return self._no_response(url, TimeoutError(f"the body did not end within {self.config.max_read:g} s"))

    def _no_response(self, url: str, error: Exception) -> Failure:
        failure = failures.error_from_exception(f"GET {url}", error, self._redact)
        return Failure(failure, retryable=isinstance(failure, ServerTroubleError))

    def _accept(self, url: str, response: _Response, body: Body) -> Body | Failure:
        """Check that the body of a 200 begins as JSON does."""
        self.stats.bytes += body.size
        try:
            start = body.read(0, EXCERPT_BYTES)
        except BaseException:
            body.close()
            raise
        if _JSON.match(start):
            self._set_clock(response)
            return body
        body.close()
        reason = "is not a JSON object or array" if start else "is empty"
        return Failure(failures.not_json(f"GET {url}", start, body.content_type, self._redact, reason))

    def _refuse(self, url: str, response: _Response, start: bytes) -> Failure:
        """The failure for any status other than 200."""
        status = response.status
        if 200 < status < 300:
            return Failure(failures.misfit(f"GET {url}", "an unknown meaning", self._redact, status))
        if _JSON.match(start):
            self._set_clock(response)
        error = failures.error_from_status(f"GET {url}", status, response.headers, start, self._redact)
        return Failure(error, status == 429 or status >= 500, status, dict(response.headers))

    def _set_clock(self, response: _Response) -> None:
        """Correct the clock by a response of LaunchDarkly itself; a proxy responds in HTML."""
        date = server_time(response.headers)
        if date is not None:
            self.clock.learn(date, response.sent, response.received)


def _size(body: Body | bytes) -> int:
    return body.size if isinstance(body, Body) else len(body)
