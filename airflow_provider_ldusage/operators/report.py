"""The operator that writes the report of a lake."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.compat import BaseOperator
from airflow_provider_ldusage.exceptions import PlanAlertError
from airflow_provider_ldusage.links import ReportPageLink, ShowsPages, report_page
from airflow_provider_ldusage.near_misses import not_allowed
from airflow_provider_ldusage.operators import arguments
from airflow_provider_ldusage.operators.arguments import TextStaysText
from airflow_provider_ldusage.operators.errors import no_retries_for_permanent_errors

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Context
    from airflow_provider_ldusage.insight.outcome import ReportOutcome
    from airflow_provider_ldusage.insight.report import ReportOptions

log = logging.getLogger(__name__)

ALERTS = ("warn", "fail", "off")
"""What to do when a meter reaches a part of the plan, the default first."""


class LaunchDarklyUsageReportOperator(ShowsPages, TextStaysText, BaseOperator):
    """Write the report of a lake: the bill, who drives it, whether the data is right, what is out of date, and what the
    loads upstream of it have done in its run.

    It reads tables that are loaded already, and asks LaunchDarkly nothing. Put it behind the loads of a DAG: it is a
    teardown task, unless ``trigger_rule`` is given. So it runs when all loads have ended, whatever became of them, and
    a failed load fails the run as it would without this task.

    Additive meters follow ``billing_day``. Unique keys, such as MAU, keep the calendar month: LaunchDarkly counts them
    by it, and a difference of two figures of the month to date counts nothing.

    It writes each day of every period that is not final yet, and of ``months`` periods before those; the first report
    writes up to thirteen months. The row of a day uses no later figure. See ``docs/report.md`` for the tables.

    :param destination: of the loads (templated)
    :param plan: meter -> ``included``, ``price``, ``per`` and ``currency``, all optional, also as JSON text such as
        ``"{{ var.value.ldusage_plan }}"``. Without it, there are figures and forecasts, and no costs (templated)
    :param billing_day: the day of the month on which the billing period begins, 1 to 31; in a shorter month, 31 is its
        last day (templated)
    :param warn_at: parts of what is included at which to alert, above 0 and up to 10 (templated)
    :param alerts: what to do when a meter has reached such a part, has passed the plan, or is expected to: ``warn``, or
        ``fail`` when the report is written, or ``off``. What a report of an earlier day has said is not said again in
        the same period and plan (templated)
    :param months: how many periods to write again that are final, 0 to 12 (templated)
    :param tables: meter -> the table to read it from, or a list of tables, where several are possible (templated)
    :param stale_after: days without an evaluation after which a flag is stale, 1 to 365 (templated)
    :param asset_events: ``changed``, ``each_day`` or ``always``, as for the loads

    :return: (XCom) ``{"uri", "rows", "window", "tables", "meters", "owners", "alerts", "missing",
        "health", "hygiene", "skipped"}``:
        ``rows`` are those that were written, ``tables`` has what became of the days, as in the report of a load,
        ``meters`` the last row of each meter with a ``verdict``, ``owners`` those that have grown most since the same
        day of the period before, ``alerts`` the meters with news, ``missing`` what is left out, and why,
        ``health`` the days that are missing or late, and ``hygiene`` how many SDKs and flags are out of date
    :raises PlanAlertError: with ``alerts="fail"``; the report is written
    :raises LaunchDarklyUsageError: any other subclass; permanent errors are an ``AirflowFailException`` as well
    """

    template_fields: Sequence[str] = (
        "destination", "plan", "billing_day", "warn_at", "alerts", "months", "tables", "stale_after",
    )  # fmt: skip
    template_fields_renderers = {"plan": "json", "tables": "json"}
    operator_extra_links = (ReportPageLink(),)
    ui_color = "#e6f0ff"

    def __init__(
        self,
        *,
        destination: str,
        plan: Mapping[str, Any] | str | None = None,
        billing_day: int | str = 1,
        warn_at: Sequence[float] | str = (0.7, 0.9),
        alerts: str = "warn",
        months: int | str = 1,
        tables: Mapping[str, str | Sequence[str]] | None = None,
        stale_after: int | str = 30,
        asset_events: str = "changed",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if "trigger_rule" not in kwargs:
            self.as_teardown()
        self.destination = destination
        self.plan = plan
        self.billing_day = billing_day
        self.warn_at = warn_at
        self.alerts = alerts
        self.months = months
        self.tables = tables
        self.stale_after = stale_after
        self.asset_events = asset_events

    def execute(self, context: Context) -> dict[str, Any]:
        """What Airflow calls. The class documents what is returned."""
        with no_retries_for_permanent_errors():
            return self._report(context)

    def _report(self, context: Context) -> dict[str, Any]:
        from airflow_provider_ldusage.insight.report import ANNOUNCED, report
        from airflow_provider_ldusage.operators.destination import open_store
        from airflow_provider_ldusage.operators.outlets import TaskEvents, extra_of
        from airflow_provider_ldusage.operators.run_loads import loads_of_run

        self.show_pages(context, report=report_page())
        alerts = arguments.text("alerts", self.alerts)
        if alerts not in ALERTS:
            raise not_allowed("alerts", self.alerts, ALERTS)
        options = self._options()
        store = open_store(arguments.destination(self.destination))
        events = TaskEvents.of(self, context, store.uri, ANNOUNCED)
        loads = loads_of_run(self, context, store.uri)
        outcome = report(store, options, loads=loads, announcing=events.announcing(()))
        self._tell(outcome)
        self._alert(outcome, alerts)
        events.send(outcome.announced, extra_of(outcome.announced_reports(), store.uri))
        return outcome.to_xcom()

    def _options(self) -> ReportOptions:
        """:raises UsageArgumentError: an argument is invalid"""
        from airflow_provider_ldusage.insight.bill.bill import BillOptions
        from airflow_provider_ldusage.insight.bill.periods import Periods
        from airflow_provider_ldusage.insight.bill.plan import Plan
        from airflow_provider_ldusage.insight.bill.span import check_months
        from airflow_provider_ldusage.insight.bill.verdicts import check_warn_at
        from airflow_provider_ldusage.insight.hygiene.stale_flags import check_stale_after
        from airflow_provider_ldusage.insight.report import ReportOptions

        bill = BillOptions(
            plan=Plan.of(arguments.mapping("plan", self.plan)),
            billing=Periods.of(arguments.number("billing_day", self.billing_day)),
            warn_at=check_warn_at(arguments.numbers("warn_at", self.warn_at)),
            months=check_months(arguments.number("months", self.months)),
        )
        tables = _named(arguments.mapping("tables", self.tables) or {})
        return ReportOptions(bill, tables, check_stale_after(arguments.number("stale_after", self.stale_after)))

    def _tell(self, outcome: ReportOutcome) -> None:
        for line in (outcome.skipped, *outcome.bill.missing, *outcome.lines()):
            if line:
                log.info("%s", line)

    def _alert(self, outcome: ReportOutcome, alerts: str) -> None:
        """:raises PlanAlertError: there is news, and ``alerts="fail"``"""
        if alerts == "off" or not outcome.alerts:
            return
        said = outcome.warnings()
        if alerts == "fail":
            raise PlanAlertError(
                "; ".join(said) + ".", "The report is written: see usage_meters and usage_by_owner.", about=outcome.uri
            )
        for each in said:
            log.warning("%s", each)


def _named(tables: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Meter -> names of tables, where a single one may be given without a list."""
    found = {name: arguments.keys(f"tables[{name!r}]", given) or () for name, given in tables.items()}
    return {name: (names,) if isinstance(names, str) else tuple(names) for name, names in found.items()}
