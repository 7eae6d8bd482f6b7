"""Reading an answer's body within bounds of size and time."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.exceptions import TemporaryFileError

if TYPE_CHECKING:
    import requests

_CHUNK = 64 * 1024


class BodyTooLargeError(Exception):
    """The body is larger than allowed once decompressed; ``start`` is what was read of it."""

    def __init__(self, start: bytes) -> None:
        super().__init__("body too large")
        self.start = start


class BodyTooSlowError(Exception):
    """The body did not end within the time allowed."""


def read_body(response: requests.Response, max_bytes: int, max_seconds: float) -> Scratch:
    """The decompressed body, which the caller closes.

    A read timeout only limits the silence between two packets, and a read blocks until its chunk is full: a server
    that sends a byte now and then would hold a task for ever. So a timer shuts the socket down at the deadline.

    :param response: opened with ``stream=True``
    :param max_bytes: largest size after decompression
    :param max_seconds: time for the whole body
    :raises BodyTooLargeError: more than ``max_bytes``; what follows is not read
    :raises BodyTooSlowError: not whole after ``max_seconds``
    :raises TemporaryFileError: it cannot be set aside
    :raises requests.exceptions.RequestException: broken off, shorter than announced, or undecodable
    """
    late = threading.Event()

    def stop() -> None:
        late.set()
        shutdown = getattr(response.raw, "shutdown", None)  # urllib3 2.3 and later
        if shutdown is not None:
            with contextlib.suppress(OSError, ValueError):  # it may just have ended by itself
                shutdown()

    timer = threading.Timer(max_seconds, stop)
    timer.daemon = True
    timer.start()
    body = Scratch()
    try:
        for chunk in response.iter_content(_CHUNK):
            body.append(chunk)
            if body.size > max_bytes:
                raise BodyTooLargeError(body.read(0, 8192))
            if late.is_set():
                raise BodyTooSlowError
    except BaseException as error:
        body.close()
        # What a socket raises that was shut down under a reader differs with TLS, chunking and Python's version.
        if late.is_set() and not isinstance(error, BodyTooLargeError | TemporaryFileError):
            raise BodyTooSlowError from None
        raise
    finally:
        timer.cancel()
    if late.is_set():  # a body without announced length simply seems to end there
        body.close()
        raise BodyTooSlowError
    return body
