"""The view of owners: who drives each meter, how that has grown, and how it came about by day and by period."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from airflow_provider_ldusage.days import DAY
from airflow_provider_ldusage.insight.bill.meters import METERS, AdditiveMeter, place_of
from airflow_provider_ldusage.insight.bill.owners import LEVELS
from airflow_provider_ldusage.insight.bill.periods import Periods
from airflow_provider_ldusage.insight.stored_days import Record
from airflow_provider_ldusage.insight.views.owner_sums import COLUMNS, KEY, Key, Sums, key_of, sums_of
from airflow_provider_ldusage.insight.views.spans import Shown, every_span
from airflow_provider_ldusage.insight.views.written_days import WrittenDays

BIGGEST = 12
"""How many owners of each meter and level have figures of their own for charts; the others are one."""
_SHOWN = (
    "meter", "level", "project_id", "project_key", "project_name", "environment_id", "environment_key",
    "environment_name", "application_id", "unattributed", "period_to_date", "share", "allocated",
)  # fmt: skip

_Figure = tuple[date, str, str, int | None, float]
"""Day, meter, level, owner and figure; the owner is its place among all, None for all others together."""


def owners_view(owners: WrittenDays, bill: Mapping[str, Any], billing: Periods) -> dict[str, Any]:
    """Make the view.

    :param owners: the table ``usage_by_owner``
    :param bill: the view of the bill: its last day, its periods, and costs to share out
    :raises StoreError: the store cannot be read
    """
    last: date = bill["through"]
    spans = every_span(billing, last)
    now = sorted(owners.records([last]).get(last, []), key=_order)
    shown = {meter: Shown.of(meter, billing, last) for meter in {row["meter"] for row in now}}
    before = _before(owners, shown)
    costs = {each["meter"]: each for each in bill["meters"]}
    biggest = _biggest(now)
    wanted = [day for span in spans for day in (*span.current, *span.ended)]
    sums = owners.reduced(wanted if now else [], COLUMNS, lambda rows: sums_of(rows, [key for key, _ in biggest]))
    figures = list(_figures(sums, biggest))
    return {
        "through": last,
        "late": bill["late"],
        "meters": _meters(now, costs),
        "owners": [{**_row(row, costs), "before": before.get(key_of(row))} for row in now],
        "days": list(_days(figures, shown)),
        "months": list(_months(figures, bill["months"])),
    }


def _meters(now: Sequence[Record], costs: Mapping[str, Record]) -> list[Record]:
    found: dict[str, set[str]] = {}
    for row in now:
        found.setdefault(row["meter"], set()).add(row["level"])
    return [
        {
            "meter": name,
            "unit": METERS[name].unit if name in METERS else None,
            "currency": costs.get(name, {}).get("currency"),
            "levels": [level for level in LEVELS if level in levels],
            "additive": isinstance(METERS.get(name), AdditiveMeter),
        }
        for name, levels in found.items()
    ]


def _row(row: Record, costs: Mapping[str, Record]) -> Record:
    cost = costs.get(row["meter"], {}).get("cost_to_date")
    return {**{name: row[name] for name in _SHOWN}, "cost": None if cost is None else cost * row["share"]}


def _before(owners: WrittenDays, shown: Mapping[str, Shown]) -> dict[Key, float]:
    """Each owner's figure on the same day of the period before."""
    read = owners.records((span.before for span in shown.values()), (*KEY, "period_to_date"))
    return {
        key_of(row): row["period_to_date"]
        for day, rows in read.items()
        for row in rows
        if row["meter"] in shown and shown[row["meter"]].before == day
    }


def _biggest(now: Sequence[Record]) -> list[tuple[Key, int]]:
    """The owners with figures of their own, each with its place among all of the last day."""
    found: list[tuple[Key, int]] = []
    counts: dict[tuple[str, str], int] = {}
    for place, row in enumerate(now):  # the biggest of each meter and level first
        group = row["meter"], row["level"]
        counts[group] = counts.get(group, 0) + 1
        if counts[group] <= BIGGEST:
            found.append((key_of(row), place))
    return found


def _days(figures: Iterable[_Figure], shown: Mapping[str, Shown]) -> Iterator[Record]:
    current = {meter: set(span.current) for meter, span in shown.items()}
    for day, meter, level, owner, figure in figures:
        if day in current.get(meter, ()):
            yield {"meter": meter, "level": level, "day": day, "owner": owner, "allocated": figure}


def _months(figures: Iterable[_Figure], periods: Iterable[Record]) -> Iterator[Record]:
    """What the owners have on the last day of each period that the bill shows. On other days that lie where a period
    ends by another billing day, figures are those of a part of one."""
    ended = {(each["meter"], each["period_end"] - DAY): each["period_start"] for each in periods}
    for day, meter, level, owner, figure in figures:
        if start := ended.get((meter, day)):
            yield {"meter": meter, "level": level, "period_start": start, "owner": owner, "allocated": figure}


def _figures(sums: Mapping[date, Sums], biggest: Sequence[tuple[Key, int]]) -> Iterator[_Figure]:
    for day, found in sorted(sums.items()):
        told: dict[tuple[str, str], float] = {}
        for number, (key, place) in enumerate(biggest):
            if (figure := found.owners.get(number)) is not None:
                group = str(key[0]), str(key[1])
                told[group] = told.get(group, 0.0) + figure
                yield day, *group, place, figure
        for group, total in found.groups.items():
            others = 0.0 if total is None else total - told.get(group, 0.0)
            if total is not None and others > total * 1e-9:  # not what rounding leaves
                yield day, *group, None, others


def _order(row: Record) -> tuple[Any, ...]:
    names: Iterable[str] = (str(part) for part in key_of(row))
    place, level = place_of(row["meter"]), row["level"]
    size = row["period_to_date"] if row["allocated"] is None else row["allocated"]
    return place, LEVELS.index(level) if level in LEVELS else len(LEVELS), -size, tuple(names)
