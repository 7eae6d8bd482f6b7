"""What a report did and what it says, for the task's XCom and its log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.engine.announcing import Settled
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.insight.bill.bill import BillOutcome
from airflow_provider_ldusage.insight.bill.owner_days import Grown
from airflow_provider_ldusage.insight.bill.verdicts import Verdict
from airflow_provider_ldusage.insight.health.health import HealthOutcome
from airflow_provider_ldusage.insight.hygiene.hygiene import HygieneOutcome
from airflow_provider_ldusage.insight.report_table import ReportTableOutcome, together


@dataclass(frozen=True)
class ReportOutcome:
    """What a report did and what it says.

    :param uri: of the lake
    :param tables: what became of each table that was written, those of the bill among them
    """

    uri: str
    bill: BillOutcome
    tables: tuple[ReportTableOutcome, ...] = ()
    health: HealthOutcome = field(default_factory=HealthOutcome)
    hygiene: HygieneOutcome = field(default_factory=HygieneOutcome)

    @property
    def skipped(self) -> str | None:
        """Why nothing was written."""
        return None if self.bill.window else f"No figure since {self.bill.since}."

    @property
    def alerts(self) -> tuple[Verdict, ...]:
        """The meters with news."""
        return tuple(each for each in self.bill.verdicts if each.news)

    def warnings(self) -> list[str]:
        """What is said of each of them: where it stands, and what it costs."""
        return [f"{each.row.meter}: {each.text}{_cost_text(each)}" for each in self.alerts]

    @property
    def announced(self) -> Settled:
        """The days that the task announces to assets."""
        return together([each.settled for each in self.bill.tables])

    def reports(self) -> list[dict[str, Any]]:
        """What was written, in the form of a load's report: one for each table."""
        return list(self._reports(self.tables))

    def announced_reports(self) -> list[dict[str, Any]]:
        """The same, of the tables that are announced to assets."""
        return list(self._reports(self.bill.tables))

    def _reports(self, tables: Iterable[ReportTableOutcome]) -> Iterator[dict[str, Any]]:
        for each in tables:
            days = each.commit.outcomes
            window = Window(min(days), max(days) + DAY) if days else self.bill.window
            if window is not None:
                yield Report(
                    each.table, each.uri, window, "the report", rows=each.commit.rows, commit=each.commit,
                    final_through=each.final_through,
                ).to_xcom()  # fmt: skip

    def to_xcom(self) -> dict[str, Any]:
        """JSON that is small whatever the number of days and owners."""
        return {
            "uri": self.uri,
            "rows": sum(each.commit.rows for each in self.tables),
            "window": self.bill.window and self.bill.window.isoformat(),
            "tables": self.reports(),
            "meters": [_meter(each) for each in self.bill.verdicts],
            "owners": [_owner(each) for each in self.bill.grown],
            "alerts": [each.row.meter for each in self.alerts],
            "missing": list(self.bill.missing),
            "health": self.health.to_json(),
            "hygiene": self.hygiene.to_json(),
            "skipped": self.skipped,
        }

    def lines(self) -> Iterator[str]:
        """A line for each meter, one for the owners that have grown most, and one each for health and hygiene."""
        for each in self.bill.verdicts:
            yield f"{each.row.meter}: {_figures_text(each)}: {each.text}{_cost_text(each)}"
            grown = [owner for owner in self.bill.grown if owner.row.meter == each.row.meter]
            if grown:
                yield f"  grown most: {', '.join(_owner_text(owner) for owner in grown)}"
        yield from filter(None, (self.health.line, self.hygiene.line))


def _meter(found: Verdict) -> dict[str, Any]:
    row = found.row
    return {
        "meter": row.meter,
        "unit": row.unit,
        "period": row.period.isoformat(),
        "day": row.day.isoformat(),
        "to_date": row.period_to_date,
        "forecast": [row.forecast_low, row.forecast, row.forecast_high],
        "forecast_method": row.forecast_method,
        "included": row.included,
        "percent_of_included": row.percent_of_included,
        "cost_to_date": row.cost_to_date,
        "cost_forecast": row.cost_forecast,
        "currency": row.currency,
        "exceeds_on": row.exceeds_on and row.exceeds_on.isoformat(),
        "complete": row.complete,
        "verdict": found.text,
        "news": list(found.news),
    }


def _owner(found: Grown) -> dict[str, Any]:
    row = found.row
    return {
        "meter": row.meter,
        "level": row.level,
        "project": row.project_key or row.project_id,
        "environment": row.environment_key or row.environment_id,
        "application": row.application_id,
        "to_date": row.period_to_date,
        "before": found.before,
    }


def _figures_text(found: Verdict) -> str:
    row = found.row
    to_date = "no figure" if row.period_to_date is None else f"{number_text(row.period_to_date)} {row.unit}"
    part = "" if row.complete else " so far as loaded"
    if row.forecast is None or row.forecast_low is None or row.forecast_high is None:
        return f"{to_date} to date{part}, no forecast ({row.forecast_method})"
    low, high = number_text(row.forecast_low), number_text(row.forecast_high)
    return f"{to_date} to date{part}, {number_text(row.forecast)} ({low} to {high}) by {row.period.end - DAY}"


def _cost_text(found: Verdict) -> str:
    row = found.row
    if row.cost_to_date is None:
        return ""
    currency = f" {row.currency}" if row.currency else ""
    expected = "" if row.cost_forecast is None else f", {row.cost_forecast:,.2f}{currency} expected"
    return f", cost {row.cost_to_date:,.2f}{currency} to date{expected}"


def _owner_text(found: Grown) -> str:
    row = found.row
    ids = (row.project_key or row.project_id, row.environment_key or row.environment_id, row.application_id)
    name = "/".join(each for each in ids if each) or "unattributed"
    return f"{name} +{number_text(found.growth)}"


def number_text(value: float) -> str:
    """A figure for people: ``1,234``, or with two decimals below a hundred."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.2f}"
