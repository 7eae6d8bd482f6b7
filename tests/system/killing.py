"""An operator whose task kills itself: before a store operation that the run's conf names, or when its work is done.

The conf has ``kills``, by map index: for each try the number of an operation, or ``post`` for the moment after
``execute``; or ``post`` for all tries.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import contextmanager
from itertools import count
from typing import Any

from airflow_provider_ldusage.lake.local import LocalStore
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator

OPERATIONS = ("read", "read_end", "put", "create", "read_versioned", "swap", "persist")
POST = "post"


class KilledOperator(LaunchDarklyUsageOperator):
    """Loads as any other, until it is killed."""

    def execute(self, context: Any) -> dict[str, Any]:
        with _killing(_when(context)):
            return super().execute(context)

    def post_execute(self, context: Any, result: Any = None) -> None:
        """What Airflow calls before it knows that the task has succeeded."""
        if _when(context) == POST:
            _kill()


def _when(context: Any) -> int | str | None:
    task = context["ti"]
    kills = (context["dag_run"].conf or {}).get("kills", {}).get(str(task.map_index), ())
    if kills == POST:
        return POST
    return kills[task.try_number - 1] if task.try_number <= len(kills) else None


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def _killing(when: int | str | None) -> Any:
    originals = {name: getattr(LocalStore, name) for name in OPERATIONS}
    numbers = count()

    def counted(operation: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: LocalStore, *arguments: Any) -> Any:
            if next(numbers) == when:
                _kill()
            return operation(self, *arguments)

        return call

    for name, operation in originals.items():
        setattr(LocalStore, name, counted(operation))
    try:
        yield
    finally:
        for name, operation in originals.items():
            setattr(LocalStore, name, operation)
