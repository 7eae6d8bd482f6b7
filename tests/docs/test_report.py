"""docs/report.md names what the report has, as it has it."""

from __future__ import annotations

import inspect
import re

import pytest

from airflow_provider_ldusage.insight.bill.meter_rows import METERS_SCHEMA
from airflow_provider_ldusage.insight.bill.meters import METERS, AdditiveMeter
from airflow_provider_ldusage.insight.bill.owner_rows import OWNERS_SCHEMA
from airflow_provider_ldusage.insight.bill.plan import TERMS
from airflow_provider_ldusage.insight.health.health_rows import HEALTH_SCHEMA
from airflow_provider_ldusage.insight.health.table_days import EMPTY, LATE, MISSING, WRITTEN
from airflow_provider_ldusage.insight.hygiene.outdated_sdks import SDKS_SCHEMA
from airflow_provider_ldusage.insight.hygiene.stale_flags import FLAGS_SCHEMA
from airflow_provider_ldusage.insight.loads.load_row import LOADS_SCHEMA
from airflow_provider_ldusage.insight.loads.restatement_rows import RESTATEMENTS_SCHEMA
from tests.docs.pages import PAGES, operators, rows

PAGE = PAGES["report.md"]


def columns(table: str) -> list[str]:
    """The names in the first column of a table's section."""
    section = PAGE.split(f"## `{table}`")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name.strip(" `") for cell in cells for name in cell.split(",")]


@pytest.mark.airflow
def test_the_arguments_are_those_of_the_operator() -> None:
    operator = operators()["LaunchDarklyUsageReportOperator"]
    parameters = inspect.signature(operator.__init__).parameters.values()
    own = [each for each in parameters if each.kind is each.KEYWORD_ONLY]
    told = {each.name: "required" if each.default is each.empty else each.default for each in own}
    documented = {name: value for name, value, _ in rows("report.md", "argument")}
    assert documented == {name: value if value == "required" else _text(value) for name, value in told.items()}
    assert {each.name for each in own} - set(operator.template_fields) == {"asset_events"}


def _text(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_the_meters_are_those_of_the_code() -> None:
    found = {name: (unit, figure) for name, _, unit, figure in rows("plans-and-prices.md", "meter")}
    assert {name: unit for name, (unit, _) in found.items()} == {name: meter.unit for name, meter in METERS.items()}
    for name, meter in METERS.items():
        assert found[name][1].startswith("the sum of") == isinstance(meter, AdditiveMeter)
    assert tuple(name for name, _ in rows("plans-and-prices.md", "term")) == TERMS


SCHEMAS = {
    "usage_meters": METERS_SCHEMA, "usage_by_owner": OWNERS_SCHEMA, "lake_health": HEALTH_SCHEMA,
    "outdated_sdks": SDKS_SCHEMA, "stale_flags": FLAGS_SCHEMA,
    "usage_loads": LOADS_SCHEMA, "usage_restatements": RESTATEMENTS_SCHEMA,
}  # fmt: skip


@pytest.mark.parametrize(("table", "schema"), SCHEMAS.items(), ids=list(SCHEMAS))
def test_every_column_is_explained(table: str, schema: tuple[object, ...]) -> None:
    assert sorted(columns(table)) == sorted(column.name for column in schema)  # type: ignore[attr-defined]


def test_the_states_of_a_day_are_those_of_the_code() -> None:
    section = PAGE.split("## `lake_health`")[1].split("\n## ")[0]
    assert re.findall(r"^- `(\w+)`", section, re.M) == [WRITTEN, EMPTY, MISSING, LATE]
