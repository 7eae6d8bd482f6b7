"""Whether LaunchDarkly has counted a window to its end.

The responses of Data Export's two series say so besides their points: ``dataThrough`` is "the end of the latest hour
written by this source's usage pipeline", across all accounts, RFC 3339 in UTC; ``delayed`` is true if that is more than
three hours ago. Both may be missing. No other metric has them. See the model DataExportSeriesListRep in
https://launchdarkly.com/docs/api/account-usage-beta/get-data-export-events-usage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.answers.envelope import instant
from airflow_provider_ldusage.days import DAY, Window, midnight, utc_day
from airflow_provider_ldusage.engine.plan import Part
from airflow_provider_ldusage.engine.question import time_unit
from airflow_provider_ldusage.exceptions import AnswerError, UsageArgumentError, UsageDelayedError
from airflow_provider_ldusage.log_text import MAX_SHOWN, cut, shown
from airflow_provider_ldusage.metrics import METRICS, Answer
from airflow_provider_ldusage.near_misses import not_allowed
from airflow_provider_ldusage.query import UsageQuery

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

WATERMARKED = tuple(name for name, metric in METRICS.items() if metric.answer is Answer.DATA_EXPORT_SERIES)
"""The metrics whose responses say how far they are counted."""
ON_UNKNOWN = ("fail", "pass")


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far one metric is counted.

    :param through: counted up to this instant; None if unknown
    :param text: the same, as in the response
    :param delayed: LaunchDarkly reports that its pipeline is delayed
    """

    through: datetime | None = None
    text: str | None = None
    delayed: bool = False

    def __str__(self) -> str:
        known = f"dataThrough is {self.text}" if self.text else "the response has no dataThrough"
        return f"{known} and it is delayed" if self.delayed else known

    def passed(self, window: Window) -> bool:
        """Whether the window is counted to its end."""
        return self.through is not None and self.through >= midnight(window.end)


@dataclass(frozen=True, slots=True)
class DelayPolicy:
    """How long to wait for a window that is not counted to its end.

    :param max_delay: from the window's end, 00:00 UTC after its last day
    :param on_unknown: what to do after that if LaunchDarkly does not report how far it has counted: ``fail`` or
        ``pass``
    """

    max_delay: timedelta
    on_unknown: str

    @classmethod
    def build(cls, max_delay: Any, on_unknown: Any) -> DelayPolicy:
        """The policy for the arguments of a sensor.

        :param max_delay: a timedelta, or seconds
        :param on_unknown: ``fail`` or ``pass``
        :raises UsageArgumentError: an argument is invalid; names the allowed values
        """
        if on_unknown not in ON_UNKNOWN:
            raise not_allowed("on_unknown", on_unknown, ON_UNKNOWN)
        delay = max_delay
        if isinstance(max_delay, int | float) and not isinstance(max_delay, bool):
            try:
                delay = timedelta(seconds=max_delay)
            except (ValueError, OverflowError):  # not a number, or too large for a timedelta
                delay = None
        if not isinstance(delay, timedelta) or delay < timedelta():
            raise UsageArgumentError(
                f"max_delay={shown(max_delay)} is not allowed.", "Give a timedelta or a number of seconds, 0 or more."
            )
        return cls(delay, on_unknown)

    def waits_for(self, watermarks: Mapping[str, Watermark], window: Window, now: datetime) -> list[str]:
        """The metrics to wait for; empty once the wait is over.

        :param watermarks: of each metric
        :param window: the window that is to be counted to its end
        :param now: the present time, UTC
        :raises UsageDelayedError: after ``max_delay``, a metric is delayed, or unknown with ``on_unknown="fail"``
        """
        behind = [metric for metric, mark in watermarks.items() if not mark.passed(window)]
        if now - midnight(window.end) <= self.max_delay:
            return behind
        unknown = [metric for metric in behind if watermarks[metric].through is None]
        for metric in behind:
            mark = watermarks[metric]
            if mark.delayed or (metric in unknown and self.on_unknown == "fail"):
                raise self._delayed(metric, mark, window, now)
        return [metric for metric in behind if metric not in unknown]

    def _delayed(self, metric: str, mark: Watermark, window: Window, now: datetime) -> UsageDelayedError:
        late = timedelta(seconds=int((now - midnight(window.end)).total_seconds()))
        remedy = (
            "Clear this task once LaunchDarkly's usage pipeline has caught up, or raise max_delay."
            if mark.delayed
            else "Set on_unknown='pass' to go on nevertheless: whether the window is counted is unknown."
        )
        return UsageDelayedError(
            f"{metric} is not known to be counted through {midnight(window.end):%Y-%m-%dT%H:%M:%SZ}: {mark}.",
            remedy,
            about=f"the window {window} ended {late} ago, and max_delay={self.max_delay} is the limit",
        )


def metrics_of(metric: Any) -> tuple[str, ...]:
    """The metrics that a sensor waits for, each once.

    :param metric: a name or a sequence of names
    :raises UsageArgumentError: a metric does not report how far it is counted; names those that do
    """
    names = [metric] if isinstance(metric, str) else metric
    if not isinstance(names, Sequence) or not names:
        raise not_allowed("metric", metric, WATERMARKED)
    for name in names:
        if name not in WATERMARKED:
            raise not_allowed("metric", name, WATERMARKED, ": it does not report how far it is counted")
    return tuple(dict.fromkeys(names))


def watermark(client: UsageClient, metric: str, window: Window, now: datetime) -> Watermark:
    """Request how far a metric is counted: one request, for the figure of one day.

    The watermark is the same for every day. The request is for the window's last day, or for yesterday if that is not
    over yet.

    :param client: of the account
    :param metric: one of :data:`WATERMARKED`
    :param window: the window that is to be counted to its end
    :param now: the present time, UTC
    :raises AnswerError: the response is not a usage series, or its watermark is invalid
    :raises LaunchDarklyApiError: the request failed
    """
    query = UsageQuery.build(metric, aggregation_type="incremental", granularity="daily")
    end = min(window.end, utc_day(now))
    (question,) = Part.of(query, Window(end - DAY, end), now).questions()
    unit = time_unit(query, client.config.time_units)
    body = client.get(question.path, params=question.params(unit), api_version=question.api_version)
    return read_watermark(body)


def read_watermark(body: bytes) -> Watermark:
    """The watermark in a response, whose points are not decoded.

    :param body: JSON
    :raises AnswerError: the response is not a usage series, or its watermark is invalid
    """
    import msgspec

    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        text = msgspec.json.decode(fields.get("dataThrough", b"null"), type=str | None)
        delayed = msgspec.json.decode(fields.get("delayed", b"null"), type=bool | None)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        start = body[:120].decode("utf-8", "replace")
        raise AnswerError(
            f"The response does not match the API's contract: {cut(str(error), MAX_SHOWN)}.",
            about=f"it begins: {start}",
        ) from None
    if "series" not in fields:
        raise AnswerError("The response has no 'series': it is not a usage series.")
    return Watermark(instant(text), text, bool(delayed)) if text else Watermark(delayed=bool(delayed))
