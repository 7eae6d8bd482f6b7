"""Requests to LaunchDarkly: retried, paced, and limited in size and time, with an error class for each failure."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_ldusage.api import failures
from airflow_provider_ldusage.api.body import EXCERPT_BYTES, Body
from airflow_provider_ldusage.api.clock import Clock, server_time
from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.flight import Flight
from airflow_provider_ldusage.api.gate import Gate, Turn
from airflow_provider_ldusage.api.pace import Pace
from airflow_provider_ldusage.api.redaction import Redactor
from airflow_provider_ldusage.api.retry import Budget, Failure, Retries, Stats
from airflow_provider_ldusage.api.scratch import IN_MEMORY
from airflow_provider_ldusage.api.sending import Response, Sender
from airflow_provider_ldusage.api.urls import request_path
from airflow_provider_ldusage.api.waiting import Waits, sleep_while_needed
from airflow_provider_ldusage.metrics import BETA

if TYPE_CHECKING:
    import requests

log = logging.getLogger(__package__)

Params = Sequence[tuple[str, str]]
_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")

_JSON = re.compile(rb"[ \t\r\n]*[\[{]")


class Transport:
    """GET requests to LaunchDarkly, for one task. Safe for the threads of :meth:`side_by_side`, and for no others.

    :param config: the instance, the token, and the limits
    :param waited: seconds that the same task has waited for rate limits before; they count towards ``max_wait``
    :param defer_from: a wait for a rate limit of this many seconds or more, within ``max_wait``, is left to the caller:
        it raises ``RateLimitedError`` with ``retry_in`` set. None: this client waits
    :param session: a session to use in place of its own; the caller closes it
    :param sleep: waits for this many seconds, or until the answer is not needed any more
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
        sleep: Callable[[float], None] = sleep_while_needed,
        clock: Callable[[], float] = time.time,
        rng: Random | None = None,
    ) -> None:
        self.config = config
        self.stats = Stats()
        self._given_session = session
        self._own_session: requests.Session | None = None
        self._clock = clock
        self._rng = rng or Random()
        self._redact = Redactor(config)
        self._sender = Sender(config, self._redact, clock)
        self._budget = Budget(config.max_wait, waited, defer_from)
        self._waits = Waits(sleep, clock)
        self._pace = Pace(clock, self._rng, config.max_in_flight)
        self._gate = Gate(self._pace, self._keep_pace)
        self.clock = Clock(clock)
        self._opening = threading.Lock()

    @property
    def session(self) -> requests.Session:
        """The session that sends the requests, opened when first needed."""
        if self._given_session is not None:
            return self._given_session
        with self._opening:
            if self._own_session is None:
                from airflow_provider_ldusage.api.session import build_session

                self._own_session = build_session(self.config)
            return self._own_session

    def close(self) -> None:
        """Close the connections of the client's own session."""
        if self._own_session is not None:
            self._own_session.close()

    def side_by_side(
        self,
        ask: Callable[[_Question], _Answer],
        questions: Iterable[_Question],
        discard: Callable[[_Answer], None] = lambda _: None,
    ) -> Flight[_Question, _Answer]:
        """Ask several questions at once, as far as ``max_in_flight`` and the rate limits allow it.

        :param ask: asks one question of this client, in any thread
        :param questions: taken when they are needed, in the caller's thread
        :param discard: releases an answer that nobody takes
        """
        bound, wake = self.config.max_in_flight, self._gate.wake
        return Flight(ask, questions, bound, wake=wake, hang_up=self._hang_up, discard=discard)

    @property
    def share_of_memory(self) -> int:
        """How much of an answer may be in memory where others wait beside it, in bytes: all of them together take no
        more than two that are alone."""
        return IN_MEMORY // self.config.max_in_flight

    def _hang_up(self) -> None:
        from airflow_provider_ldusage.api.session import hang_up

        hang_up(self.session)

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
        in_memory: int = IN_MEMORY,
    ) -> Body:
        """GET a JSON object or array, not decoded and not all in memory. The caller closes it.

        :param path_template: such as ``/api/v2/usage/events/{type}``
        :param path_args: the value of each ``{name}``, as plain text
        :param params: query parameters; a name with several values is repeated
        :param api_version: ``LD-API-Version``
        :param in_memory: bytes of the answer that are kept in memory; the rest is kept on disk
        :raises UsageArgumentError: an argument cannot be sent; no request was made
        :raises TemporaryFileError: the temporary folder is full or not writable
        :raises LaunchDarklyUsageError: see :class:`~airflow_provider_ldusage.api.client.UsageClient`
        """
        turn = Turn(self.config.base_url + request_path(path_template, path_args or {}, params))
        retries = Retries(self._budget, self.stats, self._waits, self._clock, self._rng)
        try:
            result = retries.retrying()(self._try, turn, api_version, in_memory)
        finally:
            self._gate.leave(turn)
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

    def _try(self, turn: Turn, api_version: str, in_memory: int) -> Body | Failure:
        """One try of a request."""
        with self._gate.passing(turn):
            self.stats.add(requests=1)
            response = self._sender.send(self.session, turn.url, api_version, in_memory)
            if isinstance(response, Failure):
                return response
            self._gate.note(turn, response.headers, refused=response.status == 429)
        return self._judge(turn.url, response)

    def _judge(self, url: str, response: Response) -> Body | Failure:
        log.debug("%s -> %d, %d bytes", self._redact(f"GET {url}", 2000), response.status, _size(response.body))
        if isinstance(response.body, Body):
            return self._accept(url, response, response.body)
        return self._refuse(url, response, response.body)

    def _keep_pace(self, seconds: float) -> None:
        """Wait before a limit is exceeded: that is shorter than the wait after a 429, and not part of ``max_wait``."""
        self._waits.wait(seconds, lambda more: self.stats.add(waited=more, paced=more))

    def _accept(self, url: str, response: Response, body: Body) -> Body | Failure:
        """Check that the body of a 200 begins as JSON does."""
        self.stats.add(bytes=body.size)
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

    def _refuse(self, url: str, response: Response, start: bytes) -> Failure:
        """The failure for any status other than 200."""
        status = response.status
        self.stats.add(limited=status == 429)
        if 200 < status < 300:
            return Failure(failures.misfit(f"GET {url}", "an unknown meaning", self._redact, status))
        if _JSON.match(start):
            self._set_clock(response)
        error = failures.error_from_status(f"GET {url}", status, response.headers, start, self._redact)
        return Failure(error, status == 429 or status >= 500, status, dict(response.headers))

    def _set_clock(self, response: Response) -> None:
        """Correct the clock by a response of LaunchDarkly itself; a proxy responds in HTML."""
        date = server_time(response.headers)
        if date is not None:
            self.clock.learn(date, response.sent, response.received)


def _size(body: Body | bytes) -> int:
    return body.size if isinstance(body, Body) else len(body)
