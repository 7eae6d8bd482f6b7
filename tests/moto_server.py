"""moto's S3 server, with a PUT that checks its condition and stores in one step, as S3 does.

moto checks first and stores afterwards, so another thread's PUT may come between. ``python -m tests.moto_server -H HOST
-p PORT`` starts it.
"""

from __future__ import annotations

import threading
from typing import Any


def make_puts_atomic() -> None:
    """Let one PUT of this process finish before the next begins."""
    from moto.s3.responses import S3Response

    put, lock = S3Response.put_object, threading.Lock()

    def put_alone(self: Any) -> Any:
        with lock:
            return put(self)

    S3Response.put_object = put_alone


if __name__ == "__main__":
    from moto.server import main

    make_puts_atomic()
    main()
