"""Writes the objects of all views, at the end of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_ldusage.insight.bill.bill import BillOptions
from airflow_provider_ldusage.insight.bill.meter_rows import METERS_TABLE
from airflow_provider_ldusage.insight.bill.owner_rows import OWNERS_TABLE
from airflow_provider_ldusage.insight.health.health_rows import HEALTH_TABLE
from airflow_provider_ldusage.insight.hygiene.outdated_sdks import SDKS_TABLE
from airflow_provider_ldusage.insight.hygiene.stale_flags import FLAGS_TABLE, STALE_AFTER
from airflow_provider_ldusage.insight.loads.load_row import LOADS_TABLE
from airflow_provider_ldusage.insight.report_table import Reporting
from airflow_provider_ldusage.insight.views.bill_view import bill_view
from airflow_provider_ldusage.insight.views.health_view import health_view
from airflow_provider_ldusage.insight.views.hygiene_view import hygiene_view
from airflow_provider_ldusage.insight.views.owners_view import owners_view
from airflow_provider_ldusage.insight.views.stored_view import read_view, store_view
from airflow_provider_ldusage.insight.views.written_days import WrittenDays


@dataclass(frozen=True)
class Views:
    """The views of a report, once its tables are written.

    :param missing: what the report leaves out
    :param stale_after: days without an evaluation that make a flag stale
    """

    reporting: Reporting
    options: BillOptions
    missing: Sequence[str] = ()
    stale_after: int = STALE_AFTER

    def written(self) -> tuple[str, ...]:
        """Make each view, and store those that are there and show something else now.

        :return: the views that were stored
        :raises StoreError: the store cannot be read or written to
        """
        store, began = self.reporting.store, self.reporting.began
        bill = self._bill()
        contents: dict[str, Mapping[str, Any] | None] = {
            "bill": bill,
            "owners": self._owners(bill),
            "health": health_view(self._days(HEALTH_TABLE), self._days(LOADS_TABLE), read_view(store, "health"), began),
            "hygiene": hygiene_view(self._days(SDKS_TABLE), self._days(FLAGS_TABLE), self.stale_after),
        }
        return tuple(
            view
            for view, content in contents.items()
            if content is not None and store_view(store, view, content, began)
        )

    def _bill(self) -> Mapping[str, Any] | None:
        meters = self._days(METERS_TABLE)
        options = self.options
        return None if meters is None else bill_view(meters, options.billing, options.warn_at, self.missing)

    def _owners(self, bill: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        owners = self._days(OWNERS_TABLE)
        return None if owners is None or bill is None else owners_view(owners, bill, self.options.billing)

    def _days(self, table: str) -> WrittenDays | None:
        return WrittenDays.of(self.reporting.store, table)
