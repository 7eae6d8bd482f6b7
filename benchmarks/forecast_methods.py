"""What forecasts are compared with: a line, last month's days, and exponential smoothing from statsforecast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from airflow_provider_ldusage.days import DAY, Window

SMOOTHED_DAYS = 28 * 7


@dataclass(frozen=True)
class Series:
    """The figures of a meter, and the month that is forecast.

    :param unique: figures of the month to date; else quantities of days
    """

    unique: bool
    figures: Mapping[date, float]
    period: Window

    def known(self, through: date) -> dict[date, float]:
        return {day: self.figures[day] for day in self.period.days() if day <= through and day in self.figures}

    def counted(self, through: date) -> float:
        known = self.known(through)
        return (known[max(known)] if self.unique else sum(known.values())) if known else 0.0

    def quantity(self, day: date) -> float | None:
        """Of one day; of uniques, how many were new. A missing day of these is part of the next one."""
        if not self.unique or day.day == 1 or day not in self.figures:
            return self.figures.get(day)
        before = next((d for n in range(1, day.day) if (d := day - n * DAY) in self.figures), None)
        return self.figures[day] - (self.figures[before] if before else 0.0)


def line(series: Series, through: date) -> float | None:
    """To date, divided by the days that are known, times the days of the month."""
    if not (known := series.known(through)):
        return None
    days = (max(known) - series.period.start).days + 1 if series.unique else len(known)
    return series.counted(through) / days * len(series.period)


def same_days(series: Series, through: date) -> float | None:
    """To date, and what the same days of the last month had."""
    total = series.counted(through)
    for day in series.period.days():
        if day > through or series.quantity(day) is None:
            last = series.period.start - DAY
            same = last.replace(day=min(day.day, last.day))
            found = series.quantity(same)
            total += series.quantity(same - 7 * DAY) or 0.0 if found is None else found
    return total


def auto_ets(series: Series, through: date) -> float | None:
    """Error, trend and season of seven days, chosen by statsforecast; a missing day is taken from the week before."""
    import numpy as np
    from statsforecast.models import AutoETS

    filled: dict[date, float] = {}
    for n in range(SMOOTHED_DAYS - 1, -1, -1):
        day = through - timedelta(days=n)
        quantity = series.quantity(day)
        filled[day] = filled.get(day - 7 * DAY, 0.0) if quantity is None else quantity
    ahead = [day for day in series.period.days() if day > through]
    made = AutoETS(season_length=7).forecast(y=np.array(list(filled.values())), h=len(ahead))["mean"]
    estimated = 0.0 if series.unique else sum(filled[day] for day in series.period.days() if day <= through)
    return (series.counted(through) if series.unique else estimated) + float(sum(made))


Method = Callable[[Series, date], float | None]
METHODS: dict[str, Method] = {"line": line, "last month's days": same_days, "AutoETS": auto_ets}
