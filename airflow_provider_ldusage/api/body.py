"""Reads the body of a response within limits of size and time."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from airflow_provider_ldusage.api.scratch import IN_MEMORY, Scratch
from airflow_provider_ldusage.exceptions import AnswerError, TemporaryFileError

if TYPE_CHECKING:
    from types import TracebackType

    import requests

CHUNK_BYTES = 64 * 1024
EXCERPT_BYTES = 8192


class BodyTooLargeError(Exception):
    """The decompressed body exceeds the allowed size.

    :param start: the first :data:`EXCERPT_BYTES` of it
    """

    def __init__(self, start: bytes) -> None:
        super().__init__("body too large")
        self.start = start


class BodyTooSlowError(Exception):
    """The body did not end within the allowed time."""


class Body(Scratch):
    """The decompressed body of one response.

    :param url: the URL that was requested
    :param content_type: ``Content-Type`` of the response; empty if it has none
    :param in_memory: see :class:`.Scratch`
    """

    def __init__(self, url: str, content_type: str, in_memory: int = IN_MEMORY) -> None:
        super().__init__(in_memory)
        self.url = url
        self.content_type = content_type

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close it. An error in what it says is about the request that it answers, too."""
        super().__exit__(kind, error, at)
        if isinstance(error, AnswerError) and "GET " not in error.about:
            error.about = f"GET {self.url}{error.about and f' -> {error.about}'}"


class _Deadline:
    """Shuts down the socket of a response that takes too long.

    A read timeout only limits the silence between two packets, and a read blocks until its chunk is full. A server that
    sends one byte now and then would block a task forever.

    :ivar passed: the time is over
    """

    def __init__(self, response: requests.Response, seconds: float) -> None:
        self.passed = False
        self._response = response
        self._timer = threading.Timer(seconds, self._stop)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _stop(self) -> None:
        self.passed = True
        shutdown = getattr(self._response.raw, "shutdown", None)  # urllib3 2.3 and later
        if shutdown is not None:
            with contextlib.suppress(OSError, ValueError):  # the response may just have ended
                shutdown()


def read_body(response: requests.Response, max_bytes: int, max_seconds: float, in_memory: int = IN_MEMORY) -> Body:
    """Read the whole body. The caller closes it.

    :param response: opened with ``stream=True``
    :param max_bytes: maximum size after decompression
    :param max_seconds: maximum time for the whole body
    :param in_memory: bytes that are kept in memory; the rest is kept on disk
    :raises BodyTooLargeError: the body exceeds ``max_bytes``; the rest of it is not read
    :raises BodyTooSlowError: the body takes longer than ``max_seconds``
    :raises TemporaryFileError: the temporary folder is full or not writable
    :raises requests.exceptions.RequestException: the body is cut off, shorter than announced, or cannot be decoded
    """
    body = Body(response.url, response.headers.get("Content-Type", ""), in_memory)
    with _Deadline(response, max_seconds) as deadline:
        try:
            for chunk in response.iter_content(CHUNK_BYTES):
                body.append(chunk)
                if body.size > max_bytes:
                    raise BodyTooLargeError(body.read(0, EXCERPT_BYTES))
                if deadline.passed:
                    raise BodyTooSlowError
        except BaseException as error:
            body.close()
            # The error of a socket that was shut down differs with TLS, chunking and the version of Python.
            if deadline.passed and not isinstance(error, BodyTooLargeError | TemporaryFileError):
                raise BodyTooSlowError from None
            raise
    if deadline.passed:  # a body without an announced length seems to end at the shutdown
        body.close()
        raise BodyTooSlowError
    return body


def read_start(response: requests.Response, max_bytes: int, max_seconds: float) -> bytes:
    """Read the body of an error response: all of it, the start of a large one, or nothing if it cannot be read.

    :param response: opened with ``stream=True``
    :param max_bytes: see :func:`read_body`
    :param max_seconds: see :func:`read_body`
    :raises TemporaryFileError: see :func:`read_body`
    """
    from urllib3.exceptions import HTTPError

    try:
        with read_body(response, max_bytes, max_seconds) as body:
            return body.read()
    except BodyTooLargeError as error:
        return error.start
    except (BodyTooSlowError, OSError, HTTPError):  # requests' errors are OSErrors; some of urllib3's get through
        return b""
