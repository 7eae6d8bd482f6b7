"""One answer for one address: retried, paced, bounded in size and time, and every failure given its error."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

from airflow_provider_ldusage.api import failures
from airflow_provider_ldusage.api.clock import Offset, server_time
from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.pace import Pace
from airflow_provider_ldusage.api.redaction import Redactor
from airflow_provider_ldusage.api.retry import Budget, Failure, Patience, Stats
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.exceptions import ServerTroubleError

if TYPE_CHECKING:
    import requests

logger = logging.getLogger("airflow_provider_ldusage.api")

_JSON = re.compile(rb"[ \t\r\n]*[\[{]")
_MAX_ERROR_BODY = 64 * 1024
_MAX_ERROR_READ = 30.0


@dataclass(frozen=True)
class Reply:
    """A 200: its body, decompressed, which the caller closes, and its ``Content-Type``."""

    body: Scratch
    content_type: str


class Transport:
    """How :class:`~airflow_provider_ldusage.api.client.UsageClient` reaches LaunchDarkly; same parameters."""

    def __init__(
        self,
        config: ClientConfig,
        session: requests.Session | None,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
        rng: Random,
    ) -> None:
        self.stats = Stats()
        self.redact = Redactor(config)
        self._config = config
        self._given_session = session
        self._sleep = sleep
        self._clock = clock
        self._rng = rng
        self.budget = Budget(allowed=config.max_wait)
        self._pace = Pace(clock, rng)
        self._offset = Offset()

    def close(self) -> None:
        """Close the session, unless it was given."""
        if self._given_session is None and "session" in self.__dict__:
            self.session.close()

    @cached_property
    def session(self) -> requests.Session:
        from airflow_provider_ldusage.api.session import build_session

        return self._given_session or build_session(self._config)

    def now(self) -> float:
        """Epoch seconds, by LaunchDarkly's clock as far as its answers have shown it."""
        return self._clock() + self._offset.seconds

    @property
    def doubt(self) -> float:
        """How many seconds :meth:`now` may be off because it had to be corrected."""
        return self._offset.doubt

    def fetch(self, url: str, api_version: str) -> Reply:
        """One answer, after as many tries as it takes. Errors are raised here, outside of any ``except``.

        Those of requests and urllib3 can hold headers and proxy passwords, and not even ``__context__`` keeps them.
        """
        from tenacity import Retrying, retry_if_result

        patience = Patience(self.budget, self.stats, lambda: self._clock() * 1000, self._rng)
        retrying = Retrying(
            sleep=self._sleep,
            wait=patience.wait,
            stop=patience.stop,
            before_sleep=patience.before_sleep,
            retry=retry_if_result(lambda result: isinstance(result, Failure) and result.retryable),
            retry_error_callback=patience.give_up,
        )
        result = retrying(self._try, url, api_version)
        if isinstance(result, Failure):
            raise result.error
        return result

    def _try(self, url: str, api_version: str) -> Reply | Failure:
        from urllib3.exceptions import HTTPError

        from airflow_provider_ldusage.api.body import BodyTooLargeError, BodyTooSlowError, read_body
        from airflow_provider_ldusage.api.session import TokenAuth, default_headers

        config, asked = self._config, f"GET {url}"
        self._keep_pace(url)
        self.stats.requests += 1
        status, headers, start = None, None, b""
        body: Scratch | None = None
        session, began = self.session, time.monotonic()
        sent = received = 0.0
        try:
            with session.get(
                url,
                auth=TokenAuth(config.token, config.base_url),
                headers=default_headers(api_version),
                timeout=(config.connect_timeout, config.timeout),
                allow_redirects=False,
                stream=True,
                verify=config.verify,
            ) as response:
                received = self._clock()
                sent = received - (time.monotonic() - began)  # whether or not the clock was set meanwhile
                status, headers = response.status_code, response.headers
                if status == 200:
                    body = read_body(response, config.max_body_bytes, config.max_read)
                else:
                    with read_body(response, _MAX_ERROR_BODY, min(config.max_read, _MAX_ERROR_READ)) as told:
                        start = told.read()
        except BodyTooLargeError as error:
            if status == 200:
                return Failure(failures.misfit(asked, f"a body larger than {config.max_body_bytes} bytes", self.redact))
            start = error.start
        except BodyTooSlowError:
            if status == 200:
                late = TimeoutError(f"the body did not end within {config.max_read:g} s")
                return Failure(failures.error_from_exception(asked, late, self.redact), retryable=True)
        except (OSError, HTTPError) as error:  # requests' own are OSErrors, and it lets some of urllib3's through
            if status in (None, 200):
                failure = failures.error_from_exception(asked, error, self.redact)
                return Failure(failure, retryable=isinstance(failure, ServerTroubleError))
        assert status is not None and headers is not None
        size = body.size if body else len(start)
        logger.debug("%s -> %d, %d bytes", self.redact(asked, 2000), status, size)
        self._pace.note(url, headers, refused=status == 429)
        self.stats.limited += status == 429
        if 200 < status < 300:
            return Failure(failures.misfit(asked, "nothing that is known", self.redact, status))
        if status != 200:
            if _JSON.match(start):
                self._learn(headers, sent, received)
            problem = failures.error_from_status(asked, status, headers, start, self.redact)
            return Failure(problem, status == 429 or status >= 500, status, dict(headers))
        assert body is not None
        self.stats.bytes += size
        content_type = headers.get("Content-Type", "")
        try:
            start = body.read(0, 8192)
        except BaseException:
            body.close()
            raise
        if not _JSON.match(start):
            body.close()
            why = "is no JSON object or array" if start else "is empty"
            return Failure(failures.not_json(asked, start, content_type, self.redact, why))
        self._learn(headers, sent, received)
        return Reply(body, content_type)

    def _learn(self, headers: Mapping[str, str], sent: float, received: float) -> None:
        """Take in what an answer of LaunchDarkly's, and not of a proxy's, shows of its clock."""
        date = server_time(headers)
        if date is not None:
            self._offset = self._offset.narrowed(date, sent, received)

    def _keep_pace(self, url: str) -> None:
        """Wait before a limit is passed: cheaper than a 429, and not part of ``max_wait``."""
        seconds, why = self._pace.pause(url)
        if seconds > 0:
            logger.info("Waiting %.1f s to keep pace: %s", seconds, why)
            self.stats.waited += seconds
            self.stats.paced += seconds
            self._sleep(seconds)
