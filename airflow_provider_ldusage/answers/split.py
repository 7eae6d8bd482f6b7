"""A usage answer in two: its fields but the points, undecoded, and its points, a block at a time.

Points are flat: in a list of them, the first ``]`` is its end, and each ``}`` the end of a point. So the list is cut at
such bytes without decoding it. If the cut leaves invalid JSON, the answer is no usage series of this shape, and it is
decoded whole, to be read or refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_ldusage.answers.jsontext import decode, decoders, excerpt, has_duplicate_field
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.exceptions import AnswerError

if TYPE_CHECKING:
    import msgspec

BLOCK = 1 << 18  # bytes of an answer in memory at a time
_SERIES = re.compile(rb'"series"[ \t\r\n]{0,8}:[ \t\r\n]{0,8}\[')
MAX_MATCH = len(b'"series":[') + 16  # bytes that _SERIES may match
MAX_CANDIDATES = 8  # lists of this name that are looked at, as others may lie deeper in the answer
_BLANKS = b" \t\r\n"


@dataclass(frozen=True)
class Parts:
    """An answer in two.

    :param fields: its top-level fields, undecoded; if its points could be cut off, ``series`` is an empty list here
    """

    fields: dict[str, msgspec.Raw]
    _body: Scratch
    _start: int = 0
    _end: int = 0

    def blocks(self) -> Iterator[bytes]:
        """The points, as JSON lists of some of them each.

        :raises AnswerError: if there is anything but commas between points
        """
        if not self._end:
            yield bytes(self.fields["series"])
            return
        before: list[bytes] = []
        first = True
        for at in range(self._start, self._end, BLOCK):
            data = self._body.read(at, min(BLOCK, self._end - at))
            cut = data.rfind(b"}") + 1
            if not cut:
                before.append(data)
                continue
            yield b"[%b]" % _after_comma(b"".join((*before, data[:cut])), first=first)
            before, first = [data[cut:]], False
        if rest := b"".join(before).strip(_BLANKS):  # no point, as it has no end
            yield b"[%b]" % _after_comma(rest, first=first)


def split(body: Scratch) -> Parts:
    """Split an answer.

    :raises AnswerError: if it is no JSON object, or has a field twice
    """
    found = _found(body)
    if found is not None:
        return found
    whole = body.read()
    return Parts(_fields(whole, whole), body)


def _found(body: Scratch) -> Parts | None:
    """The parts of an answer whose list of points can be cut off; None where it cannot."""
    head, searched, candidates = bytearray(), 0, 0
    while chunk := body.read(len(head), BLOCK):
        head += chunk
        for match in _SERIES.finditer(head, searched):
            searched, candidates = match.end(), candidates + 1
            if candidates > MAX_CANDIDATES:
                return None
            before = bytes(head[: match.end()])
            if _reads(before + b"]}"):
                return _cut(body, before)
        searched = max(searched, len(head) - MAX_MATCH)
    return None


def _cut(body: Scratch, before: bytes) -> Parts | None:
    """The parts of an answer whose points begin after ``before``; None if what is around them is invalid JSON."""
    start = at = len(before)
    while chunk := body.read(at, BLOCK):
        if (place := chunk.find(b"]")) >= 0:
            rest = before + body.read(at + place)
            return Parts(_fields(rest, before), body, start, at + place) if _reads(rest) else None
        at += len(chunk)
    return None


def _reads(text: bytes) -> bool:
    """Whether a text is a JSON object."""
    import msgspec

    try:
        decoders().top.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _fields(text: bytes, shown: bytes) -> dict[str, msgspec.Raw]:
    """Decode the top-level fields. Messages show the beginning of ``shown``."""
    fields: dict[str, msgspec.Raw] = decode(text, decoders().top, "the answer is no JSON object")
    if has_duplicate_field(text, fields):
        raise AnswerError("The answer holds the same field twice.", about=f"it begins: {excerpt(shown)}")
    return fields


def _after_comma(points: bytes, *, first: bool) -> bytes:
    """Points without the comma before them, which all have but those at the list's beginning."""
    if first:
        return points
    text = points.lstrip(_BLANKS)
    if text[:1] != b"," or not text[1:].strip(_BLANKS):
        raise AnswerError(
            "The answer does not fit the contract: something else follows a point.", about=f"it is {excerpt(text)!r}"
        )
    return text[1:]
