"""How much usage a cell has in a period, as seen at a given moment.

There are two kinds of figures. Both are derived from hashes, so every process computes the same ones.

- Amounts add up: the hours of a day add up to the day, and cells add up to groups.
- Sets of unique keys are real sets, kept as bit masks: a union over days or cells counts each key once.

Times are whole minutes since 1970-01-01 UTC. Late data arrive for ``settle_days`` after a day's end, and until then
the day's figures grow.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from airflow_provider_ldusage.testing.account.cells import Cell
from airflow_provider_ldusage.testing.account.courses import SAME

DAY = 24 * 60
"""Minutes of a UTC day."""

KEYS = 2048
"""Unique keys in one universe."""

_ALL = (1 << KEYS) - 1
_WIDTH = KEYS // 8
_STEPS = 32
"""A key's first appearance within a day falls into one of this many equal steps."""

_RANK_BITS = 12

# Usage of each hour of an ordinary day, relative to the others
_SHAPE = (2, 2, 1, 1, 1, 2, 4, 7, 11, 14, 15, 15, 13, 14, 15, 14, 12, 10, 8, 7, 6, 5, 4, 3)


def _prefixes(rotation: int) -> tuple[int, ...]:
    shape = _SHAPE[rotation:] + _SHAPE[:rotation]
    return tuple(sum(shape[:hour]) for hour in range(25))


_CURVES = tuple(_prefixes(rotation) for rotation in range(24))


@dataclass(frozen=True)
class View:
    """The moment at which figures are looked at.

    :param now: minutes since 1970; there is no usage after it
    :param settle_days: days after a day's end during which its figures still grow
    """

    now: int
    settle_days: int


def _hash(*parts: object) -> int:
    return int.from_bytes(hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest(), "big")


@lru_cache(maxsize=200_000)
def _final_amount(cell: Cell, day: int) -> int:
    """The cell's amount on this day (days since 1970) once all data have arrived."""
    number = _hash("amount", cell.key, day)
    if number % 100 >= cell.activity:
        return 0
    factor = cell.course.factor(day)
    if not factor:
        return 0
    weekend = (day + 3) % 7 >= 5
    return max(1, cell.scale * factor // SAME * (60 + (number >> 8) % 81) * (35 if weekend else 100) // 10_000)


@lru_cache(maxsize=10_000)
def _rotation(cell: Cell) -> int:
    return _hash("rotation", cell.key) % 6


def _until(total: int, curve: tuple[int, ...], minute: int) -> int:
    """The part of a day's total that falls before this minute of the day."""
    hour, rest = divmod(minute, 60)
    before = total * curve[hour] // curve[24]
    if not rest:
        return before
    return before + (total * curve[hour + 1] // curve[24] - before) * rest // 60


def _arrived(cell: Cell, day: int, view: View) -> int:
    """Parts in a thousand of a day's data that have arrived."""
    settle = view.settle_days * DAY
    age = view.now - (day + 1) * DAY
    if not settle or age >= settle:
        return 1000
    number = _hash("arrival", cell.key, day)
    if number % 11 == 0 and age < DAY:
        return 0  # Some combinations appear only the day after.
    first = 850 + (number >> 8) % 140
    return first + (1000 - first) * max(0, age) // settle


def _end(cell: Cell, end: int, view: View) -> int:
    """The minute at which the cell's usage ends: `end`, now, or when its place was deleted, whichever is first."""
    return min(end, view.now) if cell.until is None else min(end, view.now, cell.until)


def amount(cell: Cell, start: int, end: int, view: View) -> int:
    """The cell's usage in a period, as far as it has happened and arrived.

    :param cell: the cell
    :param start: first minute since 1970
    :param end: the minute after the last
    :param view: the moment of looking
    :returns: usage in the figure's unit
    """
    total = 0
    end = _end(cell, end, view)
    day = start // DAY
    while day * DAY < end:
        first = max(0, start - day * DAY)
        last = min(DAY, end - day * DAY)
        final = _final_amount(cell, day)
        if final:
            arrived = _arrived(cell, day, view)
            if arrived == 1000:
                if first == 0 and last == DAY:
                    total += final
                else:
                    curve = _CURVES[_rotation(cell)]
                    total += _until(final, curve, last) - _until(final, curve, first)
            elif arrived:
                total += _arrived_amount(final, _CURVES[_rotation(cell)], arrived, first, last)
        day += 1
    return total


def amounts(cells: Iterable[Cell], start: int, end: int, view: View) -> int:
    """The usage of all these cells in a period.

    :param cells: the cells
    :param start: first minute since 1970
    :param end: the minute after the last
    :param view: the moment of looking
    :returns: usage in the figure's unit
    """
    return sum(amount(cell, start, end, view) for cell in cells)


def _arrived_amount(final: int, curve: tuple[int, ...], arrived: int, first: int, last: int) -> int:
    """The amount between two minutes of the day when `arrived` thousandths of its data have arrived.

    Rounding down hour by hour makes hours add up to days, and no hour shrinks while data arrive.
    """
    total = 0
    for hour in range(first // 60, math.ceil(last / 60)):
        whole = (final * curve[hour + 1] // curve[24] - final * curve[hour] // curve[24]) * arrived // 1000
        begin = max(first - hour * 60, 0)
        stop = min(last - hour * 60, 60)
        total += whole * stop // 60 - whole * begin // 60
    return total


def _planes(count: int, *parts: object) -> list[int]:
    """`count` independent masks in which each bit is set with probability one half."""
    data = hashlib.shake_128("|".join(map(str, parts)).encode()).digest(count * _WIDTH)
    return [int.from_bytes(data[one * _WIDTH : (one + 1) * _WIDTH], "big") for one in range(count)]


@lru_cache(maxsize=10_000)
def _members(cell: Cell) -> tuple[int, int]:
    """The keys that may ever appear in this cell, and those among them that appear often."""
    one, two, three, four, five, six = _planes(6, "members", cell.key)
    home, often = one & two & three, four & five & six
    anonymous = _planes(1, "anonymous", cell.key.split("|", 1)[0], cell.universe)[0]
    # A key is anonymous or it is not, in every cell.
    whose = anonymous if cell.labels.get("anonymous") == "true" else ~anonymous & _ALL
    return home & whose, often


@lru_cache(maxsize=100_000)
def _final_keys(cell: Cell, day: int) -> int:
    """The keys that the cell will have seen on this day once all data have arrived."""
    if _hash("active", cell.key, day) % 100 >= cell.activity:
        return 0
    home, often = _members(cell)
    one, two, three, four, five, six, seven, weekend = _planes(8, "keys", cell.key, day)
    seen = home & ((often & one) | (two & three & four & five & six & seven)) & _known(cell, day)
    return seen & weekend if (day + 3) % 7 >= 5 else seen


@lru_cache(maxsize=20_000)
def _known(cell: Cell, day: int) -> int:
    """The keys that the cell's project has by this day. While it grows, keys are added, and none leaves."""
    permille = cell.course.known_keys(day, cell.weight)
    if permille is None:
        return _ALL
    account = cell.key.split("|", 1)[0]
    return _below(_ranks(account, cell.labels["projectId"], cell.universe), (permille << _RANK_BITS) // SAME)


@lru_cache(maxsize=1000)
def _ranks(account: str, project: str, universe: int) -> list[int]:
    return _planes(_RANK_BITS, "known", account, project, universe)


def _below(planes: list[int], limit: int) -> int:
    """The keys whose number is below the limit. Plane `n` holds bit `n` of every key's number."""
    if limit >= 1 << len(planes):
        return _ALL
    below, equal = 0, _ALL
    for place in reversed(range(len(planes))):
        if limit >> place & 1:
            below |= equal & ~planes[place]
            equal &= planes[place]
        else:
            equal &= ~planes[place]
    return below & _ALL


@lru_cache(maxsize=20_000)
def _appearances(cell: Cell, day: int) -> tuple[list[int], list[int]]:
    """Five planes with the step of the day in which each key first appears, and 24 masks of the keys seen each hour."""
    planes = _planes(5 + 48, "hours", cell.key, day)
    return planes[:5], [planes[5 + 2 * hour] & planes[6 + 2 * hour] for hour in range(24)]


def _keys_of_day(cell: Cell, day: int, first: int, last: int, view: View) -> int:
    seen = _final_keys(cell, day)
    if not seen:
        return 0
    settle = view.settle_days * DAY
    age = view.now - (day + 1) * DAY
    if settle and age < settle:
        if _arrived(cell, day, view) == 0:
            return 0
        late_one, late_two, late_three, *delay = _planes(6, "late", cell.key, day)
        here = _below(delay, max(0, age) * 8 // settle)
        seen &= ~(late_one & late_two & late_three) | here
    if first == 0 and last == DAY:
        return seen
    order, back = _appearances(cell, day)

    def by(minute: int) -> int:
        return _below(order, minute * _STEPS // DAY)

    keys = by(last) & ~by(first)
    for hour in range(first // 60, math.ceil(last / 60)):
        keys |= by(max(hour * 60, first)) & back[hour]
    return seen & keys


def keys(cells: Iterable[Cell], start: int, end: int, view: View) -> int:
    """The distinct keys that these cells have seen in a period.

    :param cells: the cells; those of different universes have no key in common
    :param start: first minute since 1970
    :param end: the minute after the last
    :param view: the moment of looking
    :returns: a bit mask, one bit a key
    """
    union: dict[int, int] = {}
    for cell in cells:
        mask = 0
        day = start // DAY
        last = _end(cell, end, view)
        while day * DAY < last:
            mask |= _keys_of_day(cell, day, max(0, start - day * DAY), min(DAY, last - day * DAY), view)
            day += 1
        if mask:
            union[cell.universe] = union.get(cell.universe, 0) | mask
    whole = 0
    for universe, mask in union.items():
        whole |= mask << (universe * KEYS)
    return whole


@lru_cache(maxsize=100)
def _classes(kinds: int, universes: int) -> tuple[int, ...]:
    """Masks of keys: every key is in one of them, and each universe in all."""
    width = universes * KEYS
    return tuple(sum(1 << place for place in range(kind, width, kinds)) for kind in range(kinds))


def number_of(mask: int, contexts_per_key: tuple[int, ...]) -> int:
    """How many contexts a set of keys stands for.

    :param mask: as :func:`keys` returns it
    :param contexts_per_key: contexts that keys stand for, in turn
    """
    if len(contexts_per_key) == 1:
        return mask.bit_count() * contexts_per_key[0]
    classes = _classes(len(contexts_per_key), max(1, -(-mask.bit_length() // KEYS)))
    return sum(each * (mask & one).bit_count() for each, one in zip(contexts_per_key, classes, strict=True))
