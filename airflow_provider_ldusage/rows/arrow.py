"""Arrow types and arrays, made from Python's own without a copy.

``pa.array`` and ``pa.scalar`` import pandas wherever it is installed (0.2 to 0.5 s and 45 MB), and so does
``pyarrow.compute`` for every plain number among its arguments. Nothing here does.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.query import Column

if TYPE_CHECKING:
    import pyarrow as pa

TYPE_CODES: Mapping[str, str] = MappingProxyType({"int32": "i", "int64": "q", "double": "d"})
"""Arrow types of numbers -> Python's type codes, as :mod:`array` and :class:`memoryview` use them."""
_TYPES = {code: name for name, code in TYPE_CODES.items()}


def arrow_type(name: str) -> pa.DataType:
    """The Arrow type behind a :class:`Column`'s type name."""
    import pyarrow as pa

    if name == "timestamp[ms, UTC]":
        return pa.timestamp("ms", tz="UTC")
    return pa.type_for_alias(name)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of 64 bits that numbers of a column are held in: times in ms, dates in days since 1970, booleans as 0
    or 1."""
    import pyarrow as pa

    return pa.float64() if pa.types.is_floating(kind) else pa.int64()


def as_plain(values: pa.Array) -> pa.Array:
    """A column's numbers as they are held, see :func:`plain_type`."""
    import pyarrow as pa

    if pa.types.is_timestamp(values.type):
        return values.view(pa.int64())
    if pa.types.is_date32(values.type):
        values = values.view(pa.int32())
    return values.cast(plain_type(values.type))


def as_column(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Numbers as they are held, as a column's type."""
    import pyarrow as pa

    if pa.types.is_timestamp(kind):
        return values.view(kind)
    if pa.types.is_date32(kind):
        return values.cast(pa.int32()).view(kind)
    return values.cast(kind)


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """The Arrow schema of a table's columns, in their order."""
    import pyarrow as pa

    return pa.schema([(column.name, arrow_type(column.type)) for column in columns])


def as_arrow(values: array[Any], present: Sequence[bool] | None = None) -> pa.Array:
    """An array over the memory of a Python array.

    :param present: which values there are; the others are null. By default all are present.
    """
    import pyarrow as pa

    kind = arrow_type(_TYPES[values.typecode])
    valid = None if present is None else pa.py_buffer(_bitmap(present))
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)])


def from_bytes(data: bytes, code: str) -> pa.Array:
    """An array over the bytes of numbers.

    :param code: type code of the numbers, one of :data:`TYPE_CODES`
    """
    import pyarrow as pa

    kind = arrow_type(_TYPES[code])
    return pa.Array.from_buffers(kind, len(data) * 8 // kind.bit_width, [None, pa.py_buffer(data)])


def view(values: pa.Array, code: Any) -> Iterable[Any]:
    """The numbers of an array without nulls, over its memory: iterating makes no Arrow scalars."""
    whole = memoryview(values.buffers()[1]).cast("B").cast(code)
    return whole[values.offset : values.offset + len(values)]


def code_of(values: pa.Array) -> str:
    """Python's type code of an array's numbers."""
    return TYPE_CODES[str(values.type)]


def numbers(values: Iterable[Any], code: str) -> pa.Array:
    """An array of numbers, some of which may be None."""
    found = list(values)
    present = [value is not None for value in found]
    return as_arrow(array(code, [value or 0 for value in found]), None if all(present) else present)


def texts(values: Sequence[str]) -> pa.Array:
    """An array of strings."""
    import pyarrow as pa

    parts = [value.encode() for value in values]
    ends = array("i", [0])
    for part in parts:
        ends.append(ends[-1] + len(part))
    return pa.Array.from_buffers(pa.string(), len(parts), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(parts))])


def scalar(value: Any, code: str) -> pa.Scalar:
    """A number as an Arrow scalar."""
    return as_arrow(array(code, [value]))[0]


def bits(mask: pa.BooleanArray) -> int:
    """A mask without nulls as a number, its first element the lowest bit."""
    found: int = int.from_bytes(mask.buffers()[1], "little") >> mask.offset
    return found & ((1 << len(mask)) - 1)


def fixed_bytes(values: pa.Array, width: int) -> bytes:
    """The memory of an array whose values take ``width`` bytes each, whatever its nulls."""
    start, end = values.offset * width, (values.offset + len(values)) * width
    return memoryview(values.buffers()[1])[start:end].tobytes() if end > start else b""


def hashable(values: pa.Array) -> bytes:
    """A column of 64-bit numbers as bytes to hash: its length, how many nulls and which, then the values
    (little-endian, null as 0)."""
    import pyarrow.compute as pc

    nulls = values.null_count
    marks = bytes(values.is_valid().to_pylist()) if nulls else b""
    if nulls:
        values = pc.fill_null(values, scalar(0, code_of(values)))
    return struct.pack("<qq", len(values), nulls) + marks + fixed_bytes(values, 8)


def _bitmap(present: Sequence[bool]) -> bytes:
    flags = int("".join("01"[flag] for flag in reversed(present)) or "0", 2)
    return flags.to_bytes((len(present) + 7) // 8, "little")
