"""How LaunchDarkly's answers have moved from what the catalogue knows: what is said of it, and what is refused.

What is safe goes on with a warning that names the change, its data kept in the column ``extra``. An answer that may
be a part of the whole, or another breakdown than was asked for, raises before anything is written.
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
# Fields by which APIs tell that there is more to fetch. No series and no bare list of the usage API is paged.
PAGING_FIELDS = ("page", "pagination", "nextCursor", "cursor", "next", "hasMore", "truncated")

_told: ContextVar[set[str] | None] = ContextVar("told", default=None)


@contextmanager
def told_once() -> Iterator[None]:
    """Within this block, one load, each warning is logged once, however many answers and series call for it."""
    token = _told.set(set())
    try:
        yield
    finally:
        _told.reset(token)


def tell(message: str) -> None:
    """Log a warning, unless this load has said so already."""
    told = _told.get()
    if told is not None:
        if message in told:
            return
        told.add(message)
    log.warning("%s", message)


def tell_each(message: str, names: Iterable[str]) -> None:
    """One warning for each name, in place of ``{}``; of very many names, the first :data:`MAX_NAMES` one by one."""
    ordered = sorted(names)
    for name in ordered[:MAX_NAMES]:
        tell(message.format(named(name)))
    if len(ordered) > MAX_NAMES:
        tell(message.format(f"{len(ordered) - MAX_NAMES} fields more"))


def tell_unknown(where: str, names: Iterable[str], fate: str) -> None:
    """One warning for each name in an answer that the catalogue does not have.

    :param where: such as ``metadata has``
    :param fate: what becomes of it
    """
    tell_each(f"{where} {{}}, which this version does not know: {fate}", names)


def named(name: str) -> str:
    """A name out of an answer as it may stand in a log: quoted, on one line, and not longer than needed."""
    return repr(name if len(name) <= MAX_CHARACTERS else name[:MAX_CHARACTERS] + "...")


def check_whole(fields: Mapping[str, Any]) -> None:
    """Refuse an answer that says that there is more of it.

    :param fields: decoded top-level fields that may tell
    :raises AnswerError: what was left out would be missing from the lake without a word
    """
    links = fields.get("_links")
    told = {name: fields.get(name) for name in PAGING_FIELDS}
    if isinstance(links, Mapping):
        told["_links"] = links.get("next")
    for name, value in told.items():
        if isinstance(value, Mapping):
            value = value.get("href") or any(value.get(inner) for inner in PAGING_FIELDS)
        if value:
            raise AnswerError(
                f"The answer is one page of several (its field {name!r} says so), which this version of the provider "
                "does not know of this endpoint: a part would be stored as the whole. Upgrade the provider."
            )


def check_dimensions(query: UsageQuery, metadata: Sequence[Mapping[str, Any]]) -> None:
    """Compare the dimensions of an answer that has figures with those that were asked for and those that are due.

    LaunchDarkly ignores a grouping that it does not know, in silence.

    :raises AnswerError: for a dimension that was asked for and that no series has, unless usage may lack it
    """
    present = {name for element in metadata for name in element}
    known = present | {METADATA_ALIASES[name] for name in present & METADATA_ALIASES.keys()}
    columns = query.dimension_columns
    others = ", ".join(map(named, sorted(present - columns.keys() - METADATA_ALIASES.keys())[:MAX_NAMES]))
    for name in query.group_by:
        if name in known:
            continue
        message = f"No series of the answer has the dimension {name!r} that was asked for"
        if name not in query.metric.may_lack:
            has = ", ".join(name if name.isidentifier() else named(name) for name in sorted(present)[:MAX_NAMES])
            raise AnswerError(f"{message}; the answer has {has or 'none'}.")
        tell(f"{message}: the usage may lack it" + (f", or it is now called {others}." if others else "."))
    for name, column in columns.items():
        if name in known or name in query.group_by:
            continue
        tell(f"No series of the answer has {name!r}, which LaunchDarkly adds by itself: the column {column} is null.")
