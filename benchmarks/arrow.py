"""The quickest plain ways known from an answer to Arrow and Parquet: NumPy, and dictionaries that are built once.

Arrays are made of buffers, since ``pa.array()`` of a list or of a NumPy array imports pandas first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.shapes import COLUMNS, DIMENSIONS, HOUR_MS

DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True)
class Point:
    """One point of an answer: ``keys`` and ``values`` are NumPy arrays of equal length."""

    time: int
    keys: Any
    values: Any


@dataclass(frozen=True)
class Column:
    """A dimension: the distinct texts as an Arrow array, and for each series the number of its text (NumPy)."""

    texts: Any
    numbers: Any


def decoded(answer: Path) -> tuple[list[Column], Iterator[Point]]:
    """The dimensions of an answer and its points, of which one at a time is decoded."""
    import msgspec

    body = msgspec.json.decode(answer.read_bytes(), type=dict[str, msgspec.Raw])
    elements = msgspec.json.decode(body["metadata"], type=list[dict[str, str]])
    return _columns(elements), _points(msgspec.json.decode(body["series"], type=list[msgspec.Raw]))


def _points(series: list[Any]) -> Iterator[Point]:
    import msgspec
    import numpy as np

    decoder = msgspec.json.Decoder(dict[str, int])
    last: list[str] = []
    for raw in series:
        point = decoder.decode(raw)
        time = point.pop("time")
        if (names := list(point)) != last:
            last, keys = names, np.array(list(map(int, names)), np.int32)
        yield Point(time, keys, np.fromiter(point.values(), np.int64, len(point)))


def _columns(elements: list[dict[str, str]]) -> list[Column]:
    import numpy as np

    found = []
    for name in DIMENSIONS:
        number = {text: place for place, text in enumerate(dict.fromkeys(element[name] for element in elements))}
        numbers = np.fromiter((number[element[name]] for element in elements), np.int32, len(elements))
        found.append(Column(_texts(list(number)), numbers))
    return found


def _texts(texts: list[str]) -> Any:
    import numpy as np
    import pyarrow as pa

    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))


def table(columns: list[Column], points: list[Point]) -> Any:
    """A long Arrow table of some points."""
    import numpy as np
    import pyarrow as pa

    keys = np.concatenate([point.keys for point in points])
    times = np.repeat([point.time for point in points], [len(point.keys) for point in points])
    values = np.concatenate([point.values for point in points])

    def plain(kind: Any, array: Any) -> Any:
        return pa.Array.from_buffers(kind, len(array), [None, pa.py_buffer(array)])

    arrays = [plain(pa.timestamp("ms", "UTC"), times), plain(pa.int64(), values)]
    for column in columns:
        indices = plain(pa.int32(), column.numbers[keys])
        arrays.append(pa.DictionaryArray.from_arrays(indices, column.texts, safe=False))
    return pa.Table.from_arrays(arrays, ["time", "value", *COLUMNS])


def whole(answer: Path) -> Any:
    """All of an answer as one Arrow table."""
    columns, points = decoded(answer)
    return table(columns, list(points))


def floor(answer: Path, out: Path) -> None:
    """The least that writing these files takes. Points are in the order of time, so the days are slices; nothing is
    checked, compared or synced."""
    import pyarrow.parquet as pq

    columns, points = decoded(answer)
    how: dict[str, Any] = {
        "compression": "zstd",
        "use_dictionary": ["time", *COLUMNS],
        "write_statistics": ["time"],
    }
    for day, found in groupby(points, key=lambda point: point.time // DAY_MS):
        folder = out / "usage" / f"usage_date={date(1970, 1, 1) + timedelta(days=day)}"
        folder.mkdir(parents=True)
        rows = table(columns, list(found))
        pq.write_table(rows, folder / "_0.parquet", row_group_size=len(rows), **how)
        (folder / "_0.parquet").rename(folder / "0.parquet")
