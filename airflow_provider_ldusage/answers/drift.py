"""Changes in LaunchDarkly's answers that the catalogue does not know: which are logged, and which are refused.

Safe changes are logged as warnings that name the change, and their data is kept in the column ``extra``. An answer that
may be only a part of the whole, or another breakdown than was asked for, raises before anything is written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.metrics import METADATA_ALIASES

if TYPE_CHECKING:
    from airflow_provider_ldusage.query import UsageQuery

log = logging.getLogger(__name__)

MAX_NAMES = 20
MAX_CHARACTERS = 80
PAGING_FIELDS = ("page", "pagination", "nextCursor", "cursor", "next", "hasMore", "truncated")
"""Fields by which APIs say that there is more to fetch. No series and no bare list of the usage API is paged."""

_warned: ContextVar[set[str] | None] = ContextVar("warned", default=None)


@contextmanager
def warn_once() -> Iterator[None]:
    """Within this block, log each warning once, however many answers and series call for it. Made for one load."""
    token = _warned.set(set())
    try:
        yield
    finally:
        _warned.reset(token)


def warn(message: str) -> None:
    """Log a warning, unless it was logged before in this :func:`warn_once`."""
    warned = _warned.get()
    if warned is not None:
        if message in warned:
            return
        warned.add(message)
    log.warning("%s", message)


def warn_each(message: str, names: Iterable[str]) -> None:
    """Log a warning for each of the first :data:`MAX_NAMES` names, and one that counts the others.

    :param message: with ``{}`` where the name goes
    """
    ordered = sorted(names)
    for name in ordered[:MAX_NAMES]:
        warn(message.format(quoted(name)))
    if len(ordered) > MAX_NAMES:
        warn(message.format(f"{len(ordered) - MAX_NAMES} fields more"))


def warn_unknown(where: str, names: Iterable[str], fate: str) -> None:
    """Log a warning for each name in an answer that the catalogue does not have.

    :param where: such as ``metadata has``
    :param fate: what becomes of it, such as ``left out``
    """
    warn_each(f"{where} {{}}, which this version does not know: {fate}", names)


def quoted(name: str) -> str:
    """A name from an answer, safe for a log: quoted, on one line, at most :data:`MAX_CHARACTERS` long."""
    return repr(name if len(name) <= MAX_CHARACTERS else name[:MAX_CHARACTERS] + "...")


def check_whole(fields: Mapping[str, Any]) -> None:
    """Refuse an answer that says that there is more of it: the rest would be missing from the lake unnoticed.

    :param fields: decoded top-level fields
    :raises AnswerError: names the field
    """
    links = fields.get("_links")
    signs = {name: fields.get(name) for name in PAGING_FIELDS}
    if isinstance(links, Mapping):
        signs["_links"] = links.get("next")
    for name, value in signs.items():
        if isinstance(value, Mapping):
            value = value.get("href") or any(value.get(inner) for inner in PAGING_FIELDS)
        if value:
            raise AnswerError(
                f"The answer is one page of several, as its field {name!r} says: a part would be stored as the whole.",
                "Upgrade the provider: this version does not know pages of this endpoint.",
            )


def check_dimensions(query: UsageQuery, metadata: Sequence[Mapping[str, Any]]) -> None:
    """Compare the dimensions of an answer that has figures with those that were asked for and those that are due.

    LaunchDarkly ignores a grouping that it does not know, without an error.

    :raises AnswerError: if no series has a dimension that was asked for, unless usage may lack it
    """
    present = {name for element in metadata for name in element}
    known = present | {METADATA_ALIASES[name] for name in present & METADATA_ALIASES.keys()}
    for name in query.group_by:
        if name not in known:
            _check_absent(name, query, present)
    for name, column in query.dimension_columns.items():
        if name not in known and name not in query.group_by:
            warn(
                f"No series of the answer has {name!r}, which LaunchDarkly adds by itself: the column {column} is null."
            )


def _check_absent(name: str, query: UsageQuery, present: set[str]) -> None:
    """Refuse or warn of an answer without a dimension that was asked for."""
    message = f"No series of the answer has the dimension {name!r} that was asked for"
    if name not in query.metric.may_lack:
        has = ", ".join(name if name.isidentifier() else quoted(name) for name in sorted(present)[:MAX_NAMES])
        raise AnswerError(f"{message}.", about=f"the answer has {has or 'none'}")
    unknown = sorted(present - query.dimension_columns.keys() - METADATA_ALIASES.keys())[:MAX_NAMES]
    others = ", ".join(map(quoted, unknown))
    warn(f"{message}: the usage may lack it" + (f", or it is now called {others}." if others else "."))
