"""Hand-made usage answers, and the rows that come of them."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.answers.series import SeriesDecoder
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.query import UsageQuery

DAY = date(2026, 7, 1)
MONTH = Window(DAY, date(2026, 8, 1))
T0 = MONTH.start_ms
BY_PROJECT = {"metric": "ai_runs", "group_by": ["projectId"]}
FLAG = {"metric": "evaluations", "project_key": "p", "environment_key": "e"}


def body(metadata: Any, series: Any, **more: Any) -> bytes:
    return json.dumps({"_links": {}, "metadata": metadata, "series": series, **more}).encode()


def decoder(metric: str = "ai_runs", **arguments: Any) -> SeriesDecoder:
    query = UsageQuery.build(metric, **arguments)
    return SeriesDecoder(query, query.schema)


def decode(answer: bytes, ask: Window = MONTH, keep: Window = MONTH, **query: Any) -> list[dict[str, Any]]:
    """All rows that come of one answer, without the ``extra`` where it is null."""
    found = decoder(**query)
    found.add(Scratch.of(answer), ask=ask, keep=keep)
    rows = [row for _, rows in found.days() for row in rows.whole().table().to_pylist()]
    return [{k: v for k, v in row.items() if (k, v) != ("extra", None)} for row in rows]


def refusal(answer: bytes, **query: Any) -> str:
    """What is said of an answer that is refused."""
    with pytest.raises(AnswerError) as caught:
        decode(answer, **query)
    return str(caught.value)


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, timezone.utc)
