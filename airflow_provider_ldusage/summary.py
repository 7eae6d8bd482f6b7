"""What a load says in the log: how it speaks of a question, of an answer, and the table at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from airflow_provider_ldusage.days import day_ranges
from airflow_provider_ldusage.metrics import Answer, History

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.retry import Stats
    from airflow_provider_ldusage.engine.fetch import Fetched
    from airflow_provider_ldusage.engine.plan import Part, Plan
    from airflow_provider_ldusage.engine.report import Report
    from airflow_provider_ldusage.query import UsageQuery

RANGES = 5  # of days that a line names; it counts the others
LIMIT = 300  # characters of a warning


def question(query: UsageQuery) -> str:
    """``service_connections (incremental, daily, by projectId)``"""
    parts = [query.aggregation_type, query.granularity if query.metric.has_granularity else None]
    parts += [f"by {', '.join(query.group_by)}"] if query.group_by else []
    parts += [f"{name} {value!r}" for name, value in query.slice.items()]
    told = ", ".join(part for part in parts if part)
    return f"{query.metric.name} ({told})" if told else query.metric.name


def planned(plan: Plan) -> str:
    """How many requests are planned: usage requests, before retries and a second look in the other unit of time."""
    assert plan.own is not None
    query = plan.query
    if query.metric.history is History.SNAPSHOT:
        paged = query.metric.answer in (Answer.PROJECTS, Answer.ENVIRONMENTS)
        return "as many requests as there are pages" if paged else "1 request planned"
    told = _requests(query, plan.own)
    if back := (*plan.refused, *plan.older):
        days = sorted(day for part in back for day in part.window.days())
        count = sum(len(part.chunks) for part in back)
        told += f"; then {_some(len(days), 'older day')} still open, {ranges(days)}, {_some(count, 'request')} more"
        told += " for each flag" if query.flags == () else ""
    return told


def _requests(query: UsageQuery, part: Part) -> str:
    if query.flags == ():
        return f"{_some(part.requests(1), 'request')} planned for each flag of the project"
    return f"{_some(part.requests(len(query.flags or ('',))), 'request')} planned"


def answered(fetched: Fetched) -> str:
    """``812 points of 204 series``; of a list, its items."""
    rows = sum(map(len, fetched.days.values()))
    return _some(rows, "item") if fetched.series is None else f"{_some(rows, 'point')} of {fetched.series:,} series"


def size(count: int) -> str:
    return _some(count, "byte")


def table(report: Report, stats: Stats) -> str:
    """The table that a load ends with: what became of the days, and what it took."""
    commit = report.commit
    lines = [(f"days {what}", len(days), ranges(days)) for what, days in commit.lists().items()]
    lines += [
        ("days still open", len(report.open), ranges(report.open)),
        ("rows", report.rows, ""),
        ("requests", stats.requests, f"{stats.retries:,} of them retries, {stats.waited:,.1f} s waited"),
        ("bytes received", stats.bytes, ""),
        ("files stored", commit.files, size(commit.bytes)),
    ]
    wide = max(len(f"{count:,}") for _, count, _ in lines)
    text = [f"  {what:<15}  {count:>{wide},}  {note}".rstrip() for what, count, note in lines]
    final = f"final through {report.final_through}" if report.final_through else "no day is final yet"
    return "\n".join([f"Loaded {report.table}, {report.window}, {final}:", *text])


def ranges(days: Iterable[date]) -> str:
    """Days for people, as ranges with both ends, of many the first :data:`RANGES`."""
    found = day_ranges(days)
    texts = [first if first == last else f"{first} to {last}" for first, last in found[:RANGES]]
    return ", ".join([*texts, *([f"and {len(found) - RANGES} ranges more"] if len(found) > RANGES else [])])


def listed(texts: Iterable[str], count: int) -> str:
    """The first :data:`RANGES` of some texts, and how many there are more.

    :param count: how many there are in all
    """
    more = [f"and {count - RANGES} more"] if count > RANGES else []
    return "; ".join([*islice(texts, RANGES), *more])


def fitted(head: str, texts: Sequence[str] = (), count: int = 0, *, spare: int = 0) -> str:
    """A warning of at most :data:`LIMIT` characters: as many of the texts as there is room for, and how many more.

    :param count: how many there are in all
    :param spare: characters to leave room for
    """
    line, limit = head, LIMIT - len("Check ") - spare
    for number, text in enumerate(texts):
        more = f"; and {count - number - 1:,} more" if count > number + 1 else ""
        if number and len(line) + len(f"; {text}{more}") > limit:
            return f"{line}; and {count - number:,} more"
        room = limit - len(line) - len(more)
        line += f"; {text}" if number else text if len(text) <= room else f"{text[: max(room - 3, 0)]}..."
    more = f"; and {count - len(texts):,} more" if texts and count > len(texts) else ""
    return line + more if len(line + more) <= limit else f"{line[: limit - 3]}..."


def days_named(days: Iterable[date]) -> str:
    """Days for a warning: as ranges with both ends, the first two of them."""
    found = day_ranges(days)
    texts = [first if first == last else f"{first} to {last}" for first, last in found[:2]]
    return ", ".join(texts) + (f" and {len(found) - 2} ranges more" if len(found) > 2 else "")


def table_named(name: str) -> str:
    """A table's name for a warning: a long one without its middle."""
    return name if len(name) <= 60 else f"{name[:40]}...{name[-17:]}"


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
