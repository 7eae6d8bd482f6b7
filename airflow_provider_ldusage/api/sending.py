"""One request on the wire, and its response within limits of size and time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_ldusage.api import failures
from airflow_provider_ldusage.api.body import Body, BodyTooLargeError, BodyTooSlowError, read_body, read_start
from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.redaction import Redactor
from airflow_provider_ldusage.api.retry import Failure
from airflow_provider_ldusage.api.scratch import IN_MEMORY
from airflow_provider_ldusage.exceptions import ServerTroubleError

if TYPE_CHECKING:
    import requests

_MAX_ERROR_BYTES = 64 * 1024
_MAX_ERROR_SECONDS = 30.0


@dataclass(frozen=True)
class Response:
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


class Sender:
    """Sends single requests. Safe for several threads.

    :param clock: this machine's clock, epoch seconds
    """

    def __init__(self, config: ClientConfig, redact: Redactor, clock: Callable[[], float]) -> None:
        self._config, self._redact, self._clock = config, redact, clock

    def send(
        self, session: requests.Session, url: str, api_version: str, in_memory: int = IN_MEMORY
    ) -> Response | Failure:
        """Send a request and read its response.

        :param in_memory: bytes of the body that are kept in memory
        """
        from urllib3.exceptions import HTTPError

        from airflow_provider_ldusage.api.session import TokenAuth, default_headers

        began = time.monotonic()
        try:
            with session.get(
                url,
                auth=TokenAuth(self._config.token, self._config.base_url),
                headers=default_headers(api_version),
                timeout=(self._config.connect_timeout, self._config.timeout),
                allow_redirects=False,
                stream=True,
                verify=self._config.verify,
            ) as response:
                received = self._clock()
                sent = received - (time.monotonic() - began)  # correct even if the clock was set in between
                body = self._read(url, response, in_memory)
        except (OSError, HTTPError) as error:  # requests' errors are OSErrors; some of urllib3's get through
            return self._no_response(url, error)
        if isinstance(body, Failure):
            return body
        return Response(response.status_code, response.headers, body, sent, received)

    def _read(self, url: str, response: requests.Response, in_memory: int) -> Body | bytes | Failure:
        """Read a response: the body of a 200 to its end, the start of any other."""
        if response.status_code != 200:
            return read_start(response, _MAX_ERROR_BYTES, min(self._config.max_read, _MAX_ERROR_SECONDS))
        try:
            return read_body(response, self._config.max_body_bytes, self._config.max_read, in_memory)
        except BodyTooLargeError:
            return Failure(failures.too_large(f"GET {url}", self._config.max_body_bytes, self._redact))
        except BodyTooSlowError:
            return self._no_response(url, TimeoutError(f"the body did not end within {self._config.max_read:g} s"))

    def _no_response(self, url: str, error: Exception) -> Failure:
        failure = failures.error_from_exception(f"GET {url}", error, self._redact)
        return Failure(failure, retryable=isinstance(failure, ServerTroubleError))
