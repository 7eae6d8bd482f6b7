"""The lake as it is found: rows by slice and day, read with pyarrow alone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow.parquet as pq
from fsspec import AbstractFileSystem

from tests.soak.account import Feed, Rows

DAY_MS, EPOCH = 86_400_000, date(1970, 1, 1)
_FILE = re.compile(r"(.+)/usage_date=(\d{4}-\d\d-\d\d)/(.+?)(?:-[0-9a-f]{16})?\.parquet")

_STATE = re.compile(r".+/([^/]+?)(?:-[0-9a-f]{16})?\.json")
_DAMAGED = {"empty": b"", "garbage": b"\xff\xfe{", "shape": b'{"format": 1, "days": {"first": 1}}'}


class Broken(AssertionError):
    """The lake holds something that no reader could make sense of."""


class Lake:
    """Reads every file once for each time it was written.

    :param fs: an fsspec filesystem
    :param root: the destination's path in it
    """

    def __init__(self, fs: AbstractFileSystem, root: str) -> None:
        self.fs, self.root = fs, root.rstrip("/")
        self._known: dict[str, tuple[Any, Rows]] = {}

    def days(self, table: str, feeds: Iterable[Feed]) -> dict[Feed, dict[date, Rows]]:
        """Every day of every slice of a table.

        :raises Broken: a file of no slice, a row twice, of another day or slice, or a file that cannot be read
        """
        by_stem = {feed.stem: feed for feed in feeds}
        found: dict[Feed, dict[date, Rows]] = {feed: {} for feed in by_stem.values()}
        for path, signature in self._files(table):
            match = _FILE.fullmatch(path)
            if match is None or (feed := by_stem.get(match[3])) is None:
                raise Broken(f"{path} is no day file of {', '.join(by_stem)}")
            day = date.fromisoformat(match[2])
            if day in found[feed]:
                raise Broken(f"{path}: {feed} has two files on that day")
            found[feed][day] = self._rows(path, signature, feed, day)
        return found

    def state(self) -> dict[str, str]:
        """What lies below ``_ldusage/``, for people to look at when something differs."""
        self.fs.invalidate_cache()
        paths = self.fs.find(f"{self.root}/_ldusage")
        return {path: self.fs.cat_file(path)[:2000].decode(errors="replace") for path in paths if "/tmp/" not in path}

    def drop(self, table: str) -> None:
        """Delete a table and its description, and nothing else below ``_ldusage/``."""
        for path in (f"{self.root}/{table}", f"{self.root}/_ldusage/{table}.json"):
            if self.fs.exists(path):
                self.fs.rm(path, recursive=True)

    def lose(self, table: str, feed: Feed, wanted: Iterable[date]) -> list[date]:
        """Delete the files of these days, where there are any; the days that had one."""
        found = []
        for path, _ in self._files(table):
            match = _FILE.fullmatch(path)
            if match and match[3] == feed.stem and (day := date.fromisoformat(match[2])) in set(wanted):
                self.fs.rm_file(path)
                found.append(day)
        return found

    def harm_state(self, table: str, feed: Feed, how: str) -> None:
        """Make what is recorded of a slice useless.

        :param how: ``deleted``, ``foreign`` (of another table), ``cut``, ``empty``, ``garbage`` or ``shape`` (JSON of
            another shape)
        """
        self.fs.invalidate_cache()
        for path in self.fs.find(f"{self.root}/_ldusage/state/{table}"):
            match = _STATE.fullmatch(path)
            if match is None or match[1] != feed.stem:
                continue
            content = self.fs.cat_file(path)
            if how == "deleted":
                self.fs.rm_file(path)
            elif how == "foreign":
                told = re.sub(rb'("table_id": *")[^"]*', rb"\g<1>0123456789abcdef0123456789abcdef", content)
                self.fs.pipe_file(path, told)
            else:
                self.fs.pipe_file(path, _DAMAGED.get(how, content[: len(content) // 2]))

    def _files(self, table: str) -> list[tuple[str, Any]]:
        self.fs.invalidate_cache()
        found = self.fs.find(f"{self.root}/{table}", detail=True)
        keys = ("ETag", "etag", "generation", "ino", "mtime", "modified", "created", "LastModified", "size")
        return [(path, tuple(str(info.get(key)) for key in keys)) for path, info in sorted(found.items())]

    def _rows(self, path: str, signature: Any, feed: Feed, day: date) -> Rows:
        known = self._known.get(path)
        if known is not None and known[0] == signature:
            return known[1]
        rows = [_row(item) for item in _read(self.fs, path)]
        kept = frozenset(rows)
        if len(kept) < len(rows):
            raise Broken(f"{path} holds a row twice")
        for items in rows:
            row = dict(items)
            if any(row.get(name) != value for name, value in feed.columns.items()):
                raise Broken(f"{path} holds a row of another slice: {row}")
            if "time" in row and row["time"] // DAY_MS != (day - EPOCH).days:
                raise Broken(f"{path} holds a row of another day: {row}")
        self._known[path] = (signature, kept)
        return kept


def _read(fs: AbstractFileSystem, path: str) -> list[dict[str, Any]]:
    try:
        table = pq.read_table(io.BytesIO(fs.cat_file(path)))
    except Exception as error:
        raise Broken(f"{path} cannot be read: {error}") from error
    return table.to_pylist()  # type: ignore[no-any-return]


def _row(item: dict[str, Any]) -> tuple[tuple[str, object], ...]:
    if "time" in item:
        item["time"] = round(item["time"].timestamp() * 1000)
    return tuple(sorted((name, value) for name, value in item.items() if value is not None))
