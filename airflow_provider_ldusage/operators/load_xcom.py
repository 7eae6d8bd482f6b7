"""The XCom by which a load tells later tasks, before its first request, what it is about to load.

A load that fails or is killed returns nothing, and a report is to have a row for it all the same. Airflow removes the
XComs of a try when the next one begins, so they are always those of the last try.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.days import instant_text, utc_now
from airflow_provider_ldusage.operators import arguments
from airflow_provider_ldusage.operators.announcer import announcer_of

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Context
    from airflow_provider_ldusage.lake.announcements import Announcer
    from airflow_provider_ldusage.operators.deferral import Attempt

log = logging.getLogger(__name__)

BEGUN = "ldusage_load"
"""The key of that XCom."""


def tell_begun(context: Context, lake: str, table: str, slice_: Mapping[str, str], attempt: Attempt) -> None:
    """Tell what this try is about to load. If Airflow does not take it, the load goes on.

    :param lake: the destination without its connection
    """
    if (task := context.get("ti")) is None:
        return
    about = {"table": table, "slice": dict(slice_), "uri": f"{lake}/{table}", "window": attempt.run.window.isoformat()}
    try:
        task.xcom_push(key=BEGUN, value={**about, **this_try(context, attempt.now)})
    except Exception as error:  # whatever the version of Airflow may raise
        log.warning("Should this load fail, no report will know of what: %s: %s", type(error).__name__, error)


def restated_by(context: Context, record_restatements: Any) -> Announcer | None:
    """The try of the task for which restatements are recorded; None: they are not.

    :raises UsageArgumentError: the argument ``record_restatements`` is invalid
    """
    return announcer_of(context) if arguments.flag("record_restatements", record_restatements) else None


def this_try(context: Context, at: datetime | None = None) -> dict[str, Any]:
    """What identifies a try of a load, and its time.

    :param at: default: now
    :return: ``loaded_at`` (ISO 8601, UTC), ``map_index`` and ``try_number``; the last two are None outside of Airflow
    """
    by = announcer_of(context) if context.get("ti") is not None else None
    return {
        "loaded_at": instant_text(at or utc_now()),
        "map_index": by and by.map_index,
        "try_number": by and by.try_number,
    }
