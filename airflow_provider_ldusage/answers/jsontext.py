"""JSON as usage answers have it: split without decoding, decoded strictly, and written back canonically."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.exceptions import AnswerError

if TYPE_CHECKING:
    import msgspec


@dataclass(frozen=True)
class Decoders:
    """One for each part of an answer; ``top`` and ``raws`` split it and leave the parts undecoded."""

    top: Any
    metadata: Any
    raws: Any
    ints: Any
    floats: Any
    numbers: Any
    any: Any
    text: Any
    flag: Any


@lru_cache(maxsize=1)
def decoders() -> Decoders:
    """msgspec decoders, made once; imported late so that a DAG file parses fast."""
    import msgspec

    make = msgspec.json.Decoder
    return Decoders(
        top=make(dict[str, msgspec.Raw]),
        metadata=make(list[dict[str, Any]] | None),
        raws=make(list[msgspec.Raw] | None),
        ints=make(dict[str, int]),
        floats=make(dict[str, float]),
        numbers=make(dict[str, int | float]),
        any=make(),
        text=make(str | None),
        flag=make(bool | None),
    )


def decode(raw: Any, decoder: Any, what: str) -> Any:
    """A part of an answer, decoded.

    :raises AnswerError: saying ``what`` does not fit, and how the part begins
    """
    import msgspec

    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = f"The answer does not fit the contract: {what} ({error}). It begins: {excerpt(raw)}"
        raise AnswerError(message) from None


def has_more(body: bytes, fields: dict[str, msgspec.Raw]) -> bool:
    """Whether a body holds more than the fields that it was split into: one of them twice, of which one was lost."""
    split = sum(len(memoryview(raw)) for raw in fields.values())
    if len(body) == split + sum(len(name.encode()) + 3 for name in fields) + max(len(fields), 1) + 1:
        return False  # braces, quotes, colons and commas alone: no room for anything else
    # Each key has two quotes, and what is between the keys was split off: quotes left over are of keys lost.
    return body.count(b'"') != 2 * len(fields) + sum(bytes(raw).count(b'"') for raw in fields.values())


def metadata_of(raw: msgspec.Raw) -> list[dict[str, Any]]:
    """The elements of ``metadata``, none of which may say the same thing twice."""
    elements: list[dict[str, Any]] = decode(raw, decoders().metadata, "'metadata' is no list of objects") or []
    text = bytes(raw)
    plain = sum(len(element) + sum(type(value) is str for value in element.values()) for element in elements)
    if text.count(b'"') != 2 * plain:  # an escaped quote, a nested object, or a key that was lost
        try:
            pairs = [len(element) for element in json.loads(text, object_pairs_hook=list) or ()]
        except (ValueError, RecursionError) as error:
            raise AnswerError(f"The answer does not fit the contract: 'metadata' cannot be read ({error}).") from None
        if pairs != [len(element) for element in elements]:
            raise AnswerError(f"A metadata element has the same key twice: {excerpt(raw)}")
    return elements


def text_of(value: Any) -> str | None:
    """A dimension's value as a string: flags' variations may be any JSON value."""
    return value if value is None or isinstance(value, str) else canonical(value)


def reads_as_json(value: Any) -> bool:
    """Whether a string looks, as a column's text, like another JSON value: ``"true"`` like ``true``."""
    if not isinstance(value, str):
        return False
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks: equal values are equal texts."""
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise AnswerError("A metadata element is nested too deeply to be kept.") from None


def whole_numbers(point: dict[str, int | float]) -> dict[str, int | float]:
    """An integer that came as ``12.0`` is still that integer."""
    return {k: int(v) if isinstance(v, float) and v.is_integer() and abs(v) < 2**53 else v for k, v in point.items()}


def excerpt(raw: Any) -> str:
    """The first 120 bytes, for messages."""
    return bytes(raw)[:120].decode("utf-8", "replace")
