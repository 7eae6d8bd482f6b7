"""The report: from the tables of a lake to those that answer what usage means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from airflow_provider_ldusage.days import DAY, utc_day, utc_now
from airflow_provider_ldusage.engine.announcing import Announcing, Silent
from airflow_provider_ldusage.insight.bill.bill import BILL_TABLES, Bill, BillOptions
from airflow_provider_ldusage.insight.bill.sources import find_sources
from airflow_provider_ldusage.insight.health.health import Health
from airflow_provider_ldusage.insight.health.health_rows import HEALTH_TABLE
from airflow_provider_ldusage.insight.hygiene.hygiene import HYGIENE_TABLES, Hygiene
from airflow_provider_ldusage.insight.hygiene.stale_flags import STALE_AFTER
from airflow_provider_ldusage.insight.loads.load_row import LoadRow
from airflow_provider_ldusage.insight.loads.loads import LOADS_TABLES, Loads
from airflow_provider_ldusage.insight.outcome import ReportOutcome
from airflow_provider_ldusage.insight.report_table import Reporting
from airflow_provider_ldusage.insight.views.views import Views
from airflow_provider_ldusage.lake.inventory import tables_of
from airflow_provider_ldusage.lake.store import Store

TABLES = (*BILL_TABLES, *LOADS_TABLES, HEALTH_TABLE, *HYGIENE_TABLES)
"""The tables that a report writes."""
ANNOUNCED = BILL_TABLES
"""Those whose days assets hear of."""


@dataclass(frozen=True)
class ReportOptions:
    """What is asked of a report. All of it is checked.

    :param tables: meter -> the only tables to read it from
    :param stale_after: days without an evaluation after which a flag is stale
    """

    bill: BillOptions = field(default_factory=BillOptions)
    tables: Mapping[str, Sequence[str]] = field(default_factory=dict)
    stale_after: int = STALE_AFTER


def report(
    store: Store,
    options: ReportOptions,
    *,
    loads: Sequence[LoadRow] = (),
    now: datetime | None = None,
    announcing: Announcing | None = None,
) -> ReportOutcome:
    """Write the report of a lake.

    :param loads: what the loads of its run have told
    :param now: days that are over by then are reported
    :param announcing: who is to hear of days that are changed; default: nobody
    :raises UsageArgumentError: a table is named that does not fit, or several are possible
    :raises LakeError: there is no table, they are of several accounts, or a table of the report is another one
    """
    now = now or utc_now()
    tables = tables_of(store, with_files=False)
    sources = find_sources(tables, options.tables, store.uri)
    own = {name: each for name, each in tables.items() if each.table.account == sources.account}
    reporting = Reporting(store, sources.account, announcing or Silent(), now)
    gathered = Loads(reporting, loads).written()  # first, as nobody tells it again
    billing = Bill(reporting, options.bill, sources, utc_day(now) - DAY)
    bill = billing.written()
    unannounced = replace(reporting, announcing=Silent())  # what is known of days changes though the days do not
    health = Health(unannounced, own, utc_day(now) - DAY).written()
    hygiene = Hygiene(unannounced, own, options.stale_after, utc_day(now)).written()
    Views(reporting, options.bill, bill.missing, options.stale_after).written()
    billing.remember(bill)
    written = (*bill.tables, *gathered, *health.tables, *hygiene.tables)
    return ReportOutcome(store.uri, bill, written, health, hygiene)
