"""Notes of restatements: for each replaced day, the values before and after.

A load writes the note before it replaces the day, and a report gathers it. A task may be killed in between, so a note
has the hashes of both contents, and the day's file shows whether it was replaced.

Notes are Parquet. Month-to-date figures restate up to 31 days of a table in one night, each with all of its series: as
text, that would be many times the bytes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.days import instant_text, parse_instant, whole_ms
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.lake.layout import restatement_note
from airflow_provider_ldusage.lake.parquet import encoder, footer_of
from airflow_provider_ldusage.lake.stored import rows_in
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.records import rows_from

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)

FORMAT = 1
NOTE_KEY = "ldusage.restatement"
CHANGES = (
    Column("dimensions", "string"),
    Column("time", "timestamp[ms, UTC]"),
    Column("value_before", "double"),
    Column("value_after", "double"),
)
"""Columns of a note. ``dimensions`` is a JSON object of the series' strings, without those that are null."""

Series = tuple[str, datetime]
"""What identifies a row: its dimensions as JSON, and its time."""


@dataclass(frozen=True)
class Restatement:
    """A day that was replaced, or was about to be.

    :param slice: the slice's columns with their values
    :param by: the try of the task that replaced it
    :param seen_at: when it saw the new figures (UTC, whole ms)
    :param before: hash of what was stored
    :param after: hash of what replaces it
    :param changes: a row for each series that differs, see :data:`CHANGES`
    """

    table: str
    slice: Mapping[str, str]
    day: date
    by: Announcer
    seen_at: datetime
    before: str
    after: str
    changes: pa.Table

    @property
    def name(self) -> str:
        """The name of its object, the same whenever the same try notes the same."""
        return restatement_note(self.table, self.day, self.slice, [*self.by, self.before, self.after])

    def to_parquet(self, changes: Rows) -> bytes:
        """Return the object's content.

        :param changes: the rows of :attr:`changes`
        """
        content = {
            "format": FORMAT,
            "table": self.table,
            "slice": dict(self.slice),
            "day": self.day.isoformat(),
            "by": self.by._asdict(),
            "seen_at": instant_text(self.seen_at),
            "before": self.before,
            "after": self.after,
        }
        return encoder(changes, {NOTE_KEY: json.dumps(content, sort_keys=True)})()


def parse(data: bytes, name: str) -> Restatement | None:
    """Return the note in an object's content; None if it is damaged, or of a later version.

    :param name: of the object, for the log
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        pairs = pq.read_metadata(pa.BufferReader(data)).metadata or {}
        content = json.loads(pairs[NOTE_KEY.encode()])
        if content["format"] != FORMAT:
            log.warning("%s is of a later version of the provider: it is left as it is.", name)
            return None
        changes = rows_in(data, CHANGES, name)
        if changes is not None:
            return Restatement(
                content["table"], content["slice"], date.fromisoformat(content["day"]), Announcer(**content["by"]),
                parse_instant(content["seen_at"]), content["before"], content["after"], changes,
            )  # fmt: skip
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s cannot be read (%s), so what it tells of is not known.", name, type(error).__name__)
    return None


Replacing = Callable[[TableSlice, date, Rows], None]
"""Called before a day is replaced: with the slice, the day, and the rows that it is about to have."""


def unrecorded(target: TableSlice, day: date, rows: Rows) -> None:
    """Notes nothing."""


@dataclass(frozen=True)
class Recorded:
    """Notes what is replaced. Takes one read of the day's file, and one more object.

    :param by: the try of the task that replaces it
    :param now: the present time
    """

    by: Announcer
    now: Callable[[], datetime]

    def __call__(self, target: TableSlice, day: date, rows: Rows) -> None:
        """Note what is about to be replaced. Lists have no values, so that nothing is noted of them.

        :raises StoreError: the store cannot be read or written to; the day is not to be replaced
        """
        if "value" not in rows.numbers:
            return
        name = target.day_file(day)
        data = target.store.read(name)
        found = None if data is None else footer_of(data)
        stored = None if data is None else rows_in(data, rows.schema, name)
        if stored is None or found is None or isinstance(found, int):
            log.warning("What %s/%s held before it is replaced is not known.", target.store.uri, name)
            return
        if found.content_hash == rows.content_hash:  # another task has just stored the same
            return
        changes = rows_from(CHANGES, changes_of(stored, rows.table()))
        note = Restatement(
            target.table.name, target.values, day, self.by, whole_ms(self.now()), found.content_hash,
            rows.content_hash, changes.table(),
        )  # fmt: skip
        target.store.put(note.name, note.to_parquet(changes))
        target.store.persist([note.name])


def changes_of(before: pa.Table, after: pa.Table) -> list[dict[str, Any]]:
    """Return a record for each series that differs, with the columns of :data:`CHANGES`.

    What the catalogue does not know (``extra``) tells series apart only where nothing else does.
    """
    texts = [name for name in after.column_names if str(after.schema.field(name).type) == "string"]
    without = [name for name in texts if name != "extra"]
    old, new = _values(before, without), _values(after, without)
    if len(old) < len(before) or len(new) < len(after):
        old, new = _values(before, texts), _values(after, texts)
    return [
        {"dimensions": key[0], "time": key[1], "value_before": old.get(key), "value_after": new.get(key)}
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def _values(table: pa.Table, columns: list[str]) -> dict[Series, float]:
    """The value of each series; fewer than rows if the columns do not tell them apart."""
    labels: dict[tuple[str | None, ...], str] = {}
    found: dict[Series, float] = {}
    texts = zip(*(table.column(name).to_pylist() for name in columns), strict=True) if columns else ((),) * len(table)
    for label, time, value in zip(
        texts, table.column("time").to_pylist(), table.column("value").to_pylist(), strict=True
    ):
        if label not in labels:
            labels[label] = _dimensions(columns, label)
        found[labels[label], time] = value
    return found


def _dimensions(columns: list[str], label: tuple[str | None, ...]) -> str:
    known = {name: text for name, text in zip(columns, label, strict=True) if text is not None}
    return json.dumps(known, sort_keys=True, ensure_ascii=False)
