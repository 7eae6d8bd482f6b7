"""Whether LaunchDarkly has counted a window to its end.

The answers of Data Export's two series say so beside their points: ``dataThrough``, "the end of the latest hour
written by this source's usage pipeline", across all accounts, RFC 3339 in UTC, and ``delayed``, true where that lies
more than three hours back. Both may be missing. Source: the model DataExportSeriesListRep of
https://launchdarkly.com/docs/api/account-usage-beta/get-data-export-events-usage. No other metric has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.days import Window, midnight, utc_day
from airflow_provider_ldusage.engine.plan import Part
from airflow_provider_ldusage.engine.question import time_unit
from airflow_provider_ldusage.exceptions import AnswerError, UsageArgumentError, UsageDelayedError
from airflow_provider_ldusage.metrics import METRICS, Answer
from airflow_provider_ldusage.query import UsageQuery

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

WATERMARKED = tuple(name for name, metric in METRICS.items() if metric.answer is Answer.DATA_EXPORT_SERIES)
"""The metrics whose answers say how far they are counted."""

ON_UNKNOWN = ("fail", "pass")

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far one metric is counted.

    - ``through``: the instant, or None where the answer does not tell
    - ``text``: the same, as it came
    - ``delayed``: LaunchDarkly says that its pipeline lags behind
    """

    through: datetime | None = None
    text: str | None = None
    delayed: bool = False

    def __str__(self) -> str:
        known = f"dataThrough is {self.text}" if self.text else "the answer has no dataThrough"
        return f"{known} and it is delayed" if self.delayed else known

    def passed(self, window: Window) -> bool:
        return self.through is not None and self.through >= midnight(window.end)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a window that is not counted to its end.

    - ``max_delay``: counted from the window's end (00:00 UTC after its last day)
    - ``on_unknown``: after that, for an answer that does not tell how far it is counted: ``fail`` or ``pass``
    """

    max_delay: timedelta
    on_unknown: str

    @classmethod
    def build(cls, max_delay: Any, on_unknown: Any) -> Patience:
        """Check the arguments of a sensor.

        :param max_delay: a timedelta, or seconds
        :raises UsageArgumentError: naming what is allowed
        """
        if on_unknown not in ON_UNKNOWN:
            raise UsageArgumentError(f"on_unknown={on_unknown!r} is not allowed. Allowed: {', '.join(ON_UNKNOWN)}.")
        delay = max_delay
        if isinstance(max_delay, int | float) and not isinstance(max_delay, bool):
            try:
                delay = timedelta(seconds=max_delay)
            except (ValueError, OverflowError):  # not a number, or beyond what a timedelta holds
                delay = None
        if not isinstance(delay, timedelta) or delay < timedelta():
            raise UsageArgumentError(
                f"max_delay={max_delay!r} is not allowed: give a timedelta or a number of seconds, 0 or more."
            )
        return cls(delay, on_unknown)

    def waits_for(self, watermarks: Mapping[str, Watermark], window: Window, now: datetime) -> list[str]:
        """The metrics to go on waiting for; empty where there is nothing left to wait for.

        :raises UsageDelayedError: one of them is delayed, or unknown and ``fail`` was chosen, beyond ``max_delay``
        """
        behind = [metric for metric, mark in watermarks.items() if not mark.passed(window)]
        if now - midnight(window.end) <= self.max_delay:
            return behind
        unknown = [metric for metric in behind if watermarks[metric].through is None]
        for metric in behind:
            mark = watermarks[metric]
            if mark.delayed or (metric in unknown and self.on_unknown == "fail"):
                raise UsageDelayedError(self._message(metric, mark, window, now))
        return [metric for metric in behind if metric not in unknown]

    def _message(self, metric: str, mark: Watermark, window: Window, now: datetime) -> str:
        late = timedelta(seconds=int((now - midnight(window.end)).total_seconds()))
        what = (
            "LaunchDarkly's usage pipeline lags behind: clear this task once it has caught up, or raise max_delay."
            if mark.delayed
            else "Nothing tells when the window is counted: on_unknown='pass' goes on without knowing."
        )
        return (
            f"{metric} is not known to be counted through {midnight(window.end):%Y-%m-%dT%H:%M:%SZ}, the end of the "
            f"window {window}: {mark}. That end passed {late} ago, and max_delay={self.max_delay} is the limit. {what}"
        )


def metrics_of(metric: Any) -> tuple[str, ...]:
    """The metrics to ask about, each once.

    :param metric: a name or a sequence of names
    :raises UsageArgumentError: for a metric that does not say how far it is counted, naming those that do
    """
    names = [metric] if isinstance(metric, str) else metric
    if not isinstance(names, Sequence) or not names or any(name not in WATERMARKED for name in names):
        raise UsageArgumentError(
            f"metric={metric!r} is not allowed: only some metrics say how far they are counted. "
            f"Allowed, one or several of: {', '.join(WATERMARKED)}."
        )
    return tuple(dict.fromkeys(names))


def watermark(client: UsageClient, metric: str, window: Window, now: datetime) -> Watermark:
    """Ask how far a metric is counted: one request, for the figure of one day.

    The answer does not depend on the day; it is the window's last, or yesterday where that is still to come.

    :raises AnswerError: for an answer that is no usage series, or whose watermark cannot be read
    """
    query = UsageQuery.build(metric, aggregation_type="incremental", granularity="daily")
    end = min(window.end, utc_day(now))
    (question,) = Part.of(query, Window(end - _DAY, end), now).questions()
    unit = time_unit(query, client.config.time_units)
    body = client.get(question.path, params=question.params(unit), api_version=question.api_version)
    return read_watermark(body)


def read_watermark(body: bytes) -> Watermark:
    """The watermark of an answer; its points stay undecoded."""
    import msgspec

    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        text = msgspec.json.decode(fields.get("dataThrough", b"null"), type=str | None)
        delayed = msgspec.json.decode(fields.get("delayed", b"null"), type=bool | None)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        start = body[:120].decode("utf-8", "replace")
        raise AnswerError(f"The answer does not fit the contract: {error}. It begins: {start}") from None
    if "series" not in fields:
        raise AnswerError("The answer has no 'series': it is not a usage series.")
    return Watermark(instant(text), text, bool(delayed)) if text else Watermark(delayed=bool(delayed))


def instant(text: str) -> datetime:
    """What ``dataThrough`` says, without its fraction of a second: Python 3.10 reads few of them.

    :param text: RFC 3339; without an offset it is UTC
    :raises AnswerError: for anything else
    """
    try:
        found = datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))
    except ValueError:
        raise AnswerError(f"'dataThrough' is no RFC 3339 time: {text[:60]!r}.") from None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
