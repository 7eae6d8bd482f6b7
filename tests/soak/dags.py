"""The DAGs that a scenario is made of: tables, schedules and options, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tests.soak.account import Feed
from tests.soak.schedules import Every, Schedule

HOURLY = Schedule("0 * * * *")
OFFICE_HOURS = Schedule("10 8-18 * * *", "America/New_York")
EVERY_31_HOURS = Every(timedelta(hours=31))
EVERY_FIVE_DAYS = Every(timedelta(days=5))
EVERY_24_HOURS = Every(timedelta(days=1))
EVERY_SIX_HOURS = Schedule("15 */6 * * *")
DAILY = Schedule("0 0 * * *")
HALF_PAST_MIDNIGHT = Schedule("30 0 * * *")
LATE = Schedule("50 23 * * *")
BERLIN = Schedule("0 5 * * *", "Europe/Berlin")
NEW_YORK = Schedule("30 19 * * *", "America/New_York")
LONDON = Schedule("0 0 * * *", "Europe/London")
WEEKLY = Schedule("0 6 * * 1")
MONTHLY = Schedule("0 6 1 * *")
WEEKDAYS = Schedule("0 4 * * 1-5", "Asia/Tokyo")


@dataclass(frozen=True)
class Dag:
    """One task, mapped over ``feeds``.

    - ``schedules``: in turn; the second takes over halfway
    - ``kind``: how its runs come to be; see :class:`soak.rules.Load`
    - ``catchup``: what was due in a pause is made up for, each run; else only the last one
    """

    name: str
    table: str
    feeds: tuple[Feed, ...]
    schedules: tuple[Schedule | Every, ...] = (DAILY,)
    kind: str = "scheduled"
    catchup: bool = True
    lookback: int | None = None
    include_open_day: bool = False
    on_empty: str = "keep"
    max_requests: int = 500


CONNECTIONS = (Feed("service_connections"),)
MAPPED = tuple(Feed("service_connections", project) for project in ("alpha", "beta", "gamma"))
MAU = (Feed("total_mau"),)
EXPORT = (Feed("data_export_events"),)
EVALUATIONS = tuple(Feed("evaluations", "alpha", environment) for environment in ("production", "staging"))
SDKS = (Feed("mau_sdks"),)
ENVIRONMENTS = (Feed("environments"),)

GROUPS: tuple[tuple[Dag, ...], ...] = (
    (Dag("connections", "connections", CONNECTIONS),
     Dag("connections_weekly", "connections", CONNECTIONS, (WEEKLY,), catchup=False)),
    (Dag("mapped", "mapped", MAPPED, (BERLIN,), catchup=False),),
    (Dag("mau", "mau", MAU, (NEW_YORK,)),
     Dag("mau_by_asset", "mau", MAU, (Schedule("40 11 * * *"),), kind="asset", catchup=False)),
    (Dag("mau_london", "mau_london", MAU, (LONDON,), catchup=False),),
    (Dag("export", "export", EXPORT, (EVERY_SIX_HOURS,), catchup=False),),
    (Dag("export_at_once", "export_at_once", EXPORT, (HALF_PAST_MIDNIGHT,), lookback=0),),
    (Dag("evaluations", "evaluations", EVALUATIONS, (BERLIN,)),),
    (Dag("evaluations_overwriting", "evaluations_overwriting", EVALUATIONS[:1], on_empty="write"),),
    (Dag("sdks", "sdks", SDKS, catchup=False),),
    (Dag("sdks_few", "sdks_few", SDKS, max_requests=9),),
    (Dag("environments", "environments", ENVIRONMENTS, (LATE,)),),
    (Dag("monthly", "monthly", CONNECTIONS, (MONTHLY,)),
     Dag("monthly_mau", "monthly_mau", MAU, (MONTHLY,), catchup=False)),
    (Dag("changing", "changing", CONNECTIONS, (DAILY, WEEKLY)),),
    (Dag("changing_mau", "changing_mau", MAU, (WEEKDAYS, WEEKLY), catchup=False),),
    (Dag("patient", "patient", CONNECTIONS, (BERLIN,), lookback=7),),
    (Dag("hasty", "hasty", CONNECTIONS, (EVERY_SIX_HOURS,), lookback=1, on_empty="write", catchup=False),),
    (Dag("partitions", "partitions", CONNECTIONS, (DAILY,), kind="partition"),),
    (Dag("hourly", "hourly", CONNECTIONS, (HOURLY,), catchup=False),),
    (Dag("today", "today", CONNECTIONS, (HOURLY,), include_open_day=True, catchup=False),),
    (Dag("mau_today", "mau_today", MAU, (OFFICE_HOURS,), include_open_day=True, catchup=False),),
    (Dag("export_today", "export_today", EXPORT, (EVERY_SIX_HOURS,), include_open_day=True),),
    (Dag("every_31_hours", "every_31_hours", CONNECTIONS, (EVERY_31_HOURS,)),),
    (Dag("every_five_days", "every_five_days", MAU, (EVERY_FIVE_DAYS, EVERY_24_HOURS), catchup=False),),
    (Dag("every_24_hours", "every_24_hours", MAPPED, (EVERY_24_HOURS,), lookback=0),),
    (Dag("failing", "failing", CONNECTIONS, (DAILY,), on_empty="fail"),),
    (Dag("failing_sdks", "failing_sdks", SDKS, (EVERY_24_HOURS,), on_empty="fail"),),
    (Dag("shared", "shared", CONNECTIONS, (DAILY,)),
     Dag("shared_today", "shared", CONNECTIONS, (EVERY_SIX_HOURS,), lookback=1, include_open_day=True, catchup=False),
     Dag("shared_weekly", "shared", CONNECTIONS, (WEEKLY,), lookback=9, on_empty="write")),
    (Dag("shared_mau", "shared_mau", MAU, (BERLIN,)),
     Dag("shared_mau_today", "shared_mau", MAU, (EVERY_31_HOURS,), lookback=10, include_open_day=True)),
    (Dag("shared_export", "shared_export", EXPORT, (DAILY,), catchup=False),
     Dag("shared_export_today", "shared_export", EXPORT, (EVERY_SIX_HOURS,), lookback=0, include_open_day=True)),
    (Dag("shared_evaluations", "shared_evaluations", EVALUATIONS[:1]),
     Dag("shared_evaluations_weekly", "shared_evaluations", EVALUATIONS[:1], (WEEKLY,), lookback=6, on_empty="write")),
    (Dag("shared_sdks", "shared_sdks", SDKS),
     Dag("shared_sdks_few", "shared_sdks", SDKS, (BERLIN,), lookback=1, max_requests=6)),
)  # fmt: skip
"""DAGs that share a table stand together."""
