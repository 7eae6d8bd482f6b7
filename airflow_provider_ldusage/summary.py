"""What a load says in the log: how it speaks of a question, of an answer, and the table at the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from airflow_provider_ldusage.metrics import Answer, History
from airflow_provider_ldusage.windows import Window, day_ranges

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.patience import Stats
    from airflow_provider_ldusage.fetch import Fetched
    from airflow_provider_ldusage.lake.writer import Commit
    from airflow_provider_ldusage.query import UsageQuery

RANGES = 5  # of days that a line names; it counts the others


def question(query: UsageQuery) -> str:
    """``service_connections (incremental, daily, by projectId)``"""
    parts = [query.aggregation_type, query.granularity if query.metric.has_granularity else None]
    parts += [f"by {', '.join(query.group_by)}"] if query.group_by else []
    parts += [f"{name} {value!r}" for name, value in query.slice.items()]
    told = ", ".join(part for part in parts if part)
    return f"{query.metric.name} ({told})" if told else query.metric.name


def planned(query: UsageQuery, window: Window, now: datetime) -> str:
    """How many requests are planned: usage requests, before retries and a second look in the other unit of time."""
    from airflow_provider_ldusage.fetch import plan_chunks

    metric = query.metric
    if metric.history is History.SNAPSHOT:
        paged = metric.answer in (Answer.PROJECTS, Answer.ENVIRONMENTS)
        return "as many requests as there are pages" if paged else "1 request planned"
    count = len(plan_chunks(query, window, now))
    if query.flags == ():
        return f"{_some(count, 'request')} planned for each flag of the project"
    return f"{_some(count * len(query.flags or ['']), 'request')} planned"


def answered(fetched: Fetched) -> str:
    """``812 points of 204 series``; of a list, its items."""
    rows = sum(map(len, fetched.days.values()))
    return _some(rows, "item") if fetched.series is None else f"{_some(rows, 'point')} of {fetched.series:,} series"


def size(count: int) -> str:
    return _some(count, "byte")


def table(name: str, window: Window, commit: Commit, rows: int, stats: Stats) -> str:
    """The table that a load ends with: what became of the days, and what it took."""
    lines = [(f"days {what}", len(days), _ranges(days)) for what, days in commit.lists().items()]
    lines += [
        ("rows", rows, ""),
        ("requests", stats.requests, f"{stats.retries:,} of them retries, {stats.waited:,.1f} s waited"),
        ("bytes received", stats.bytes, ""),
        ("files stored", commit.files, size(commit.bytes)),
    ]
    wide = max(len(f"{count:,}") for _, count, _ in lines)
    text = [f"  {what:<14}  {count:>{wide},}  {note}".rstrip() for what, count, note in lines]
    return "\n".join([f"Loaded {name}, {window}:", *text])


def _ranges(days: Sequence[date]) -> str:
    found = day_ranges(days)
    texts = [first if first == last else f"{first} to {last}" for first, last in found[:RANGES]]
    return ", ".join([*texts, *([f"and {len(found) - RANGES} ranges more"] if len(found) > RANGES else [])])


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
