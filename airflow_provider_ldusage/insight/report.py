"""The report: from the tables of a lake to those that answer what usage means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from airflow_provider_ldusage.days import DAY, utc_day, utc_now
from airflow_provider_ldusage.engine.announcing import Announcing, Silent
from airflow_provider_ldusage.insight.bill.bill import BILL_TABLES, Bill, BillOptions
from airflow_provider_ldusage.insight.bill.sources import find_sources
from airflow_provider_ldusage.insight.outcome import ReportOutcome
from airflow_provider_ldusage.insight.own_table import Reporting
from airflow_provider_ldusage.insight.views.views import Views
from airflow_provider_ldusage.lake.inventory import tables_of
from airflow_provider_ldusage.lake.store import Store

TABLES = BILL_TABLES
"""The tables that a report writes."""


@dataclass(frozen=True)
class ReportOptions:
    """What is asked of a report. All of it is checked.

    :param tables: meter -> the only tables to read it from
    """

    bill: BillOptions = field(default_factory=BillOptions)
    tables: Mapping[str, Sequence[str]] = field(default_factory=dict)


def report(
    store: Store, options: ReportOptions, *, now: datetime | None = None, announcing: Announcing | None = None
) -> ReportOutcome:
    """Write the report of a lake.

    :param now: days that are over by then are reported
    :param announcing: who is to hear of days that are changed; default: nobody
    :raises UsageArgumentError: a table is named that does not fit, or several are possible
    :raises LakeError: there is nothing to report, or a table of the report is another one
    """
    now = now or utc_now()
    sources = find_sources(tables_of(store, with_files=False), options.tables, store.uri)
    reporting = Reporting(store, sources.account, announcing or Silent(), now)
    bill = Bill(reporting, options.bill, sources, utc_day(now) - DAY).written()
    Views(reporting, options.bill, bill.missing).written()
    return ReportOutcome(store.uri, bill, bill.tables)
