"""Hand-made figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from airflow_provider_ldusage.insight.bill.account_figures import AccountFigures, account_figures
from airflow_provider_ldusage.insight.bill.meters import METERS
from airflow_provider_ldusage.insight.bill.owners import GroupTable, Owner
from airflow_provider_ldusage.insight.bill.periods import Periods
from airflow_provider_ldusage.lake.inventory import StoredTable
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.query import UsageQuery


def day(text: str) -> date:
    """``03-09`` of 2026."""
    return date.fromisoformat(f"2026-{text}")


def figures(meter: str, read: Mapping[str, float | None], billing_day: int = 1, **more: Any) -> AccountFigures:
    by_day = {day(text): figure for text, figure in read.items()}
    return account_figures(METERS[meter], Periods(billing_day), by_day, **{"earlier": {}, "projections": {}, **more})


def group_table(meter: str, *group_by: str) -> GroupTable:
    query = UsageQuery.build(metric=meter, group_by=list(group_by))
    return GroupTable(METERS[meter], StoredTable(Table.of("t", query, {"id": "a"})))


def owner(project: str | None = None, environment: str | None = None, application: str | None = None) -> Owner:
    return project, environment, application
