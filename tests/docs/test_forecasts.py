"""docs/forecasts.md names each way to forecast, and the numbers that the code has."""

from __future__ import annotations

from airflow_provider_ldusage.insight.forecasts import (
    additive,
    estimates,
    forecaster,
    level,
    level_shifts,
    month_ends,
    seasonality,
)
from airflow_provider_ldusage.insight.forecasts.additive import Additive
from airflow_provider_ldusage.insight.forecasts.outlook import COUNTED, TOO_LITTLE_HISTORY
from airflow_provider_ldusage.insight.forecasts.projected import AGREES, FRESH_DAYS, METHOD
from airflow_provider_ldusage.insight.forecasts.uniques import APART, TRUSTED, Uniques
from tests.docs.pages import PAGES, column

PAGE = " ".join(PAGES["forecasts.md"].split())
SAID = {
    "need 28 days since their first use": additive.HISTORY_DAYS == 28,
    "in the last twelve weeks": level.WEEKS == 12,
    "that of the last seven": level.LATEST == 7,
    "fades by a half in four weeks": 0.45 < level.DAMPING**28 < 0.55,
    "changed by more than a tenth": level_shifts.MIN_CHANGE == 0.1,
    "seen on its third day": level_shifts.AFTER.start == 3,
    "from the last ten weeks": seasonality.WEEKS == 10,
    "the first three and last four days": (month_ends.FIRST, month_ends.LAST) == (3, 4),
    "there are three or more": month_ends.MIN_MONTHS == 3,
    "the rise of the last week": estimates.RECENT == 7,
    "the growth of the last five": estimates.GROWTHS == 5,
    "the oddest quarter at either end": estimates.TAIL == 0.25,
    "more than twice as much as they used to": TRUSTED == 2,
    "three times the difference between the first two": APART == 3,
    "at most two days ago": FRESH_DAYS == 2,
    "counted within 10 %": AGREES == 0.1,
    "up to twelve earlier periods": forecaster.MAX_PERIODS == 12,
    "is 1.2, 1.5 and 3.1 times": forecaster.WIDER == (3.1, 1.5, 1.2),
    "between 0.4 and 2.5 times": 0.9 < forecaster.WIDER[0] * forecaster.ASSUMED_ERROR < 0.95,
}


def test_each_method_has_a_row() -> None:
    assert column("forecasts.md", "method") == [Additive.method, Uniques.method, METHOD, COUNTED, TOO_LITTLE_HISTORY]


def test_the_page_has_the_numbers_of_the_code() -> None:
    assert {text for text, holds in SAID.items() if text.lower() not in PAGE.lower() or not holds} == set()
