"""Reports of loads, as a later task reads them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.commit import Commit
from airflow_provider_ldusage.operators.reports import changed_days, loads_of

pytestmark = pytest.mark.airflow
FIRST, SECOND, THIRD, LAST = (date(2026, 11, day) for day in (8, 9, 10, 12))


def report(**outcomes: str) -> dict[str, Any]:
    found = {date(2026, 11, int(day[1:])): outcome for day, outcome in outcomes.items()}
    return Report("t", "file:///lake/t", Window(FIRST, LAST), "the test", commit=Commit(found)).to_xcom()


def test_one_report_and_a_list_and_gaps_in_it_are_fine() -> None:
    one = report()
    assert loads_of(one) == [one] == loads_of([None, one]) == loads_of(iter([one]))
    assert loads_of(None) == loads_of([]) == loads_of([None]) == []


@pytest.mark.parametrize("reports", ["text", 5, [{"table": "t"}], [[report()]], [{}]])
def test_anything_else_is_refused(reports: Any) -> None:
    with pytest.raises(UsageArgumentError, match=r"no report of a load.*loads.output"):
        loads_of(reports)


def test_written_and_restated_days_count_as_changed() -> None:
    found = [report(d8="written", d9="restated", d10="unchanged", d11="kept"), report(d12="written", d11="empty")]
    assert changed_days(found) == {FIRST, SECOND, LAST}
