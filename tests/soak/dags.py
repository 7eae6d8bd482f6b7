"""The DAGs that a scenario is made of: tables, schedules and options, as data."""

from __future__ import annotations

from dataclasses import dataclass

from soak.account import Feed
from soak.schedules import Schedule

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
    - ``kind``: how its runs come to be; see :class:`soak.oracle.Load`
    - ``catchup``: what was due in a pause is made up for, each run; else only the last one
    """

    name: str
    table: str
    feeds: tuple[Feed, ...]
    schedules: tuple[Schedule, ...] = (DAILY,)
    kind: str = "scheduled"
    catchup: bool = True
    lookback: int | None = None
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
)  # fmt: skip
"""DAGs that share a table stand together, with the same options: a day is as final for one as for the other."""
