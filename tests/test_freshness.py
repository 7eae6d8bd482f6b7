"""How far LaunchDarkly has counted, as a response says it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.exceptions import AnswerError, UsageDelayedError
from airflow_provider_ldusage.freshness import WATERMARKED, DelayPolicy, Watermark, metrics_of, read_watermark

WINDOW = Window(date(2026, 11, 19), date(2026, 11, 20))
END = datetime(2026, 11, 20, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
BEHIND = Watermark(END - HOUR, "2026-11-19T23:00:00Z")
DELAYED = Watermark(END - HOUR, "2026-11-19T23:00:00Z", delayed=True)
UNKNOWN = Watermark()


@pytest.mark.parametrize(
    "text",
    ["2026-11-20T00:00:00Z", "2026-11-20T00:00:00.999999999Z", "2026-11-20T01:00:00+01:00", "2026-11-20T00:00:00"],
)
def test_any_rfc_3339_time_is_read(text: str) -> None:
    assert read_watermark(json.dumps({"series": [], "dataThrough": text}).encode()).through == END


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"<html>", b"\xff", b"{}", b'{"message":"x"}', b'{"series":[],"dataThrough":5}',
        b'{"series":[],"dataThrough":"soon"}', b'{"series":[],"delayed":"yes"}',
    ],
)  # fmt: skip
def test_anything_but_a_usage_series_is_refused(body: bytes) -> None:
    with pytest.raises(AnswerError):
        read_watermark(body)


@pytest.mark.parametrize("beside", [{}, {"dataThrough": None, "delayed": None}, {"dataThrough": ""}])
def test_a_missing_watermark_is_no_error(beside: dict[str, Any]) -> None:
    mark = read_watermark(json.dumps({"series": [{"time": 1, "0": 1}], **beside}).encode())
    assert (mark.through, mark.text, mark.delayed) == (None, None, False)


@pytest.mark.parametrize(
    ("mark", "on_unknown", "late", "waits"),
    [
        (Watermark(END, "2026-11-20T00:00:00Z"), "fail", HOUR, False),
        (BEHIND, "fail", HOUR, True),
        (BEHIND, "fail", 3 * HOUR, True),
        (DELAYED, "fail", HOUR, True),
        (DELAYED, "pass", 3 * HOUR, UsageDelayedError),
        (UNKNOWN, "fail", HOUR, True),
        (UNKNOWN, "fail", 3 * HOUR, UsageDelayedError),
        (UNKNOWN, "pass", HOUR, True),
        (UNKNOWN, "pass", 3 * HOUR, False),
    ],
)
def test_a_window_is_waited_for_until_it_is_counted_or_too_late(
    mark: Watermark, on_unknown: str, late: timedelta, waits: bool | type[UsageDelayedError]
) -> None:
    policy = DelayPolicy.build(2 * HOUR, on_unknown)
    if isinstance(waits, bool):
        assert policy.waits_for({"m": mark}, WINDOW, END + late) == (["m"] if waits else [])
    else:
        with pytest.raises(waits, match="m is not known to be counted through 2026-11-20T00:00:00Z"):
            policy.waits_for({"m": mark}, WINDOW, END + late)


def test_each_metric_is_checked_once() -> None:
    assert metrics_of("warehouse_export") == ("warehouse_export",)
    assert metrics_of([*WATERMARKED, *WATERMARKED]) == WATERMARKED
