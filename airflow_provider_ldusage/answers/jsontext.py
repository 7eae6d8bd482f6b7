"""JSON as usage answers have it: split without decoding, decoded strictly, and written canonically."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.log_text import MAX_SHOWN, cut

if TYPE_CHECKING:
    import msgspec

MAX_EXCERPT = 120  # bytes


@dataclass(frozen=True)
class Decoders:
    """One decoder for each part of an answer.

    :param top: an object -> its fields, undecoded
    :param raws: a list or null -> its elements, undecoded
    :param metadata: a list of objects, or null
    :param ints: an object of whole numbers
    :param floats: an object of numbers, all as floats
    :param numbers: an object of numbers, as they are written
    :param any: any value
    :param text: a string, or null
    :param flag: a boolean, or null
    """

    top: Any
    raws: Any
    metadata: Any
    ints: Any
    floats: Any
    numbers: Any
    any: Any
    text: Any
    flag: Any


@lru_cache(maxsize=1)
def decoders() -> Decoders:
    """The decoders, made once. msgspec is imported here so that DAG files parse fast."""
    import msgspec

    make = msgspec.json.Decoder
    return Decoders(
        top=make(dict[str, msgspec.Raw]),
        raws=make(list[msgspec.Raw] | None),
        metadata=make(list[dict[str, Any]] | None),
        ints=make(dict[str, int]),
        floats=make(dict[str, float]),
        numbers=make(dict[str, int | float]),
        any=make(),
        text=make(str | None),
        flag=make(bool | None),
    )


def decode(raw: Any, decoder: Any, what: str) -> Any:
    """Decode a part of an answer.

    :param decoder: one of :class:`Decoders`
    :param what: the error, in words: ``'series' is no list of points``
    :raises AnswerError: if the part does not fit the decoder; names ``what`` and the part's first bytes
    """
    import msgspec

    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        problem = f"The answer does not fit the contract: {what} ({cut(str(error), MAX_SHOWN)})."
        raise AnswerError(problem, about=f"it begins: {excerpt(raw)}") from None


def has_duplicate_field(body: bytes, fields: dict[str, msgspec.Raw]) -> bool:
    """Whether an object has a field twice, of which ``fields``, decoded from ``body``, holds just one."""
    split = sum(len(memoryview(raw)) for raw in fields.values())
    if len(body) == split + sum(len(name.encode()) + 3 for name in fields) + max(len(fields), 1) + 1:
        return False  # braces, quotes, colons and commas alone: no room for anything else
    # Each field's name has two quotes. Quotes beyond these and those in the values belong to a field that was lost.
    return body.count(b'"') != 2 * len(fields) + sum(bytes(raw).count(b'"') for raw in fields.values())


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks: equal values have equal texts.

    :raises AnswerError: if the value is nested too deeply
    """
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise AnswerError("A part of the answer is nested too deeply to be kept.") from None


def excerpt(raw: Any) -> str:
    """The first :data:`MAX_EXCERPT` bytes, for messages."""
    return bytes(raw)[:MAX_EXCERPT].decode("utf-8", "replace")
