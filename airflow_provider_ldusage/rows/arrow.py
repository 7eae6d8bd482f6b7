"""Arrow arrays out of Python's own, from their memory. ``pa.array`` and ``pa.scalar`` would import pandas wherever it
is installed (0.2 to 0.5 s and 45 MB), and so does every plain number that is given to ``pyarrow.compute``."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def as_arrow(values: array[Any], present: Sequence[bool] | None = None) -> pa.Array:
    """An array over the memory of a Python array: nothing is copied.

    :param present: where not all of them are: the others are null
    """
    import pyarrow as pa

    kind = {"i": pa.int32, "q": pa.int64, "d": pa.float64}[values.typecode]()
    valid = None if present is None else pa.py_buffer(_bitmap(present))
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)])


def from_bytes(data: bytes, code: str) -> pa.Array:
    """An array over bytes as :func:`as_arrow` would have them: nothing is copied."""
    import pyarrow as pa

    kind = {"q": pa.int64, "d": pa.float64}[code]()
    return pa.Array.from_buffers(kind, len(data) // 8, [None, pa.py_buffer(data)])


def view(values: pa.Array, code: Any) -> Iterable[Any]:
    """The numbers of an array without nulls, over its memory: iterating costs no Arrow scalars."""
    whole = memoryview(values.buffers()[1]).cast("B").cast(code)
    return whole[values.offset : values.offset + len(values)]


def code_of(values: pa.Array) -> str:
    """Python's type code of a column's numbers: ``d`` for doubles, else ``q``."""
    return "d" if str(values.type) == "double" else "q"


def numbers(values: Iterable[Any], code: str) -> pa.Array:
    """Numbers, some of which may be None."""
    found = list(values)
    present = [value is not None for value in found]
    return as_arrow(array(code, [value or 0 for value in found]), None if all(present) else present)


def texts(values: Sequence[str]) -> pa.Array:
    import pyarrow as pa

    parts = [value.encode() for value in values]
    ends = array("i", [0])
    for part in parts:
        ends.append(ends[-1] + len(part))
    return pa.Array.from_buffers(pa.string(), len(parts), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(parts))])


def scalar(value: Any, code: str) -> pa.Scalar:
    return as_arrow(array(code, [value]))[0]


def _bitmap(present: Sequence[bool]) -> bytes:
    bits = int("".join("01"[flag] for flag in reversed(present)) or "0", 2)
    return bits.to_bytes((len(present) + 7) // 8, "little")
