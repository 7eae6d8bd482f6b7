"""The end of a load's log: first what needs a person's attention, then the table of what was done."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from airflow_provider_ldusage.api.retry import Stats
from airflow_provider_ldusage.days import ranges_text, runs_of
from airflow_provider_ldusage.engine.report import Refusal, Report
from airflow_provider_ldusage.lake.stored import named
from airflow_provider_ldusage.log_text import MAX_RANGES, fitted, table_named
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.windows import CONF_KEY

log = logging.getLogger(__name__)

RANGES_IN_WARNING = 2


def log_report(
    report: Report, refusals: Sequence[Refusal], given_up: Sequence[date], schema: Sequence[Column], stats: Stats
) -> None:
    """Log what a load did.

    :param refusals: older days that this load could not load
    :param given_up: older days that this load has given up
    :param schema: of the table
    """
    if report.skipped:
        log.info("Stored no day of %s: %s", report.table, report.skipped)
    for warning in (*_refused(refusals), *_given_up(given_up), *_kept(report), *_gone(report, schema)):
        log.warning("%s", warning)
    if superseded := report.commit.days("superseded"):
        ranges = ranges_text(superseded, MAX_RANGES)
        log.info("Kept as stored, as a later question was answered meanwhile: %s", ranges)
    log.info("%s", report.to_text(stats))


def _refused(refusals: Sequence[Refusal]) -> Iterator[str]:
    for reason in dict.fromkeys(refusal.reason for refusal in refusals):
        days = [day for refusal in refusals if refusal.reason == reason for day in refusal.window.days()]
        on = ranges_text(days, RANGES_IN_WARNING)
        yield fitted(f"Older days that are still open could not be loaded ({len(days)}): {on}: ", [reason], 1)


def _given_up(days: Iterable[date]) -> Iterator[str]:
    for window in runs_of(days):
        conf = json.dumps({CONF_KEY: {"start": str(window.start), "end": str(window.end)}})
        yield (
            f"Given up: {window} lies too far back to be tried again by itself. To load it, trigger a run with the "
            f"conf {conf}."
        )


def _kept(report: Report) -> Iterator[str]:
    if kept := report.commit.days("kept"):
        yield f"Kept as stored, as the answer has no usage for them: {ranges_text(kept, MAX_RANGES)}"


def _gone(report: Report, schema: Sequence[Column]) -> Iterator[str]:
    """Series that are not in the answer any more, and rows that stay though the answer does not speak of them."""
    columns = [column.name for column in schema if column.type == "string" and column.name != "extra"]
    if gone := report.commit.gone:
        head = (
            f"{len(gone)} series were stored and are not in LaunchDarkly's answer any more, so they are gone from "
            f"{table_named(report.table)}: "
        )
        yield fitted(head, _first({named(columns, label): days for label, days in gone.items()}), len(gone))
    if spared := report.commit.spared:
        head = (
            "LaunchDarkly does not list these any more or did not answer for them, so their rows stay as they are "
            f"stored ({len(spared)}): "
        )
        yield fitted(head, _first({repr(value): days for value, days in spared.items()}), len(spared))


def _first(days: Mapping[str, Any]) -> list[str]:
    return [f"{what} on {ranges_text(on, RANGES_IN_WARNING)}" for what, on in list(days.items())[:MAX_RANGES]]
