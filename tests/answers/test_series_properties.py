"""The decoder against a slow one that is plain loops."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.answers import split
from airflow_provider_ldusage.days import DAY_MS, HOUR_MS, Window
from airflow_provider_ldusage.query import UsageQuery
from tests.answers.cases import (
    ANYTHING,
    ASK,
    BIG,
    CASES,
    FIRST,
    LABELS,
    SECOND,
    Case,
    Row,
    decoded,
    plain,
)


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def reads_as_json(text: Any) -> bool:
    try:
        return isinstance(text, str) and json.loads(text) is not text
    except ValueError:
        return False


def reference_row(case: Case, element: dict[str, Any], time: int, value: Any) -> Row:
    row: dict[str, Any] = dict.fromkeys(case.columns.values())
    extra = {}
    for key, text in element.items():
        if key in case.columns:
            row[case.columns[key]] = text if text is None or isinstance(text, str) else canonical(text)
            if case.query.metric.name == "evaluations" and reads_as_json(text):
                extra[key] = text  # the variation "1" is not the variation 1
        else:
            extra[key] = text
    row |= case.query.slice
    row["extra"] = canonical(extra) if extra else None
    row["time"], row["value"] = datetime.fromtimestamp(time / 1000, timezone.utc), value
    return tuple(row[column.name] for column in case.query.schema)


def reference(case: Case, answers: Sequence[tuple[Window, dict[str, Any]]]) -> dict[date, list[Row]]:
    """Rows by day, sorted by their labels (null before text), then time."""
    found: dict[date, list[Row]] = {}
    for window, answer in answers:
        for point in answer["series"]:
            for n, element in enumerate(answer["metadata"]):
                if str(n) in point and window.start_ms <= point["time"] < window.end_ms:
                    row = reference_row(case, element, point["time"], point[str(n)])
                    found.setdefault(row[0].date(), []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: ([(text is not None, text or "") for text in row[2:]], row[0]))
    return found


def shuffled(values: dict[str, Any], order: random.Random) -> dict[str, Any]:
    return dict(order.sample(list(values.items()), len(values)))


def written(answer: dict[str, Any], order: random.Random) -> bytes:
    """An answer as one of the many texts that mean the same: keys, points and series in another order."""
    numbers = order.sample(range(len(answer["metadata"])), len(answer["metadata"]))
    renamed = {str(old): str(new) for new, old in enumerate(numbers)}
    series = [shuffled({renamed.get(key, key): v for key, v in point.items()}, order) for point in answer["series"]]
    order.shuffle(series)
    whole = {**answer, "metadata": [shuffled(answer["metadata"][n], order) for n in numbers], "series": series}
    style: dict[str, Any] = order.choice([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}])
    return json.dumps(shuffled(whole, order), **style).encode()


@st.composite
def answers_of(draw: st.DrawFn, case: Case, window: Window) -> dict[str, Any]:
    """A valid answer: sparse points in any order, some of them outside the window; labels with and without values."""
    labels = LABELS | ANYTHING if case.query.metric.name == "evaluations" else LABELS
    known = st.fixed_dictionaries({}, optional=dict.fromkeys(case.columns, labels))
    rest = st.dictionaries(st.sampled_from(["region", "tier", "sdk_name", "extra", "time"]), ANYTHING, max_size=2)
    metadata = draw(
        st.lists(
            st.builds(lambda a, b: {**a, **b}, known, rest), min_size=1, max_size=5,
            unique_by=lambda element: reference_row(case, element, 0, 0),
        )
    )  # fmt: skip
    for name in case.query.group_by:  # asked for: at least one series has it, if only as null
        if not any(name in element for element in metadata):
            metadata[0][name] = None
    assume(len({reference_row(case, element, 0, 0) for element in metadata}) == len(metadata))
    step = HOUR_MS if case.query.granularity == "hourly" else DAY_MS
    offsets = draw(st.lists(st.integers(-2, len(window) + 1), unique=True, max_size=6))
    figures = st.dictionaries(st.sampled_from([str(n) for n in range(len(metadata))]), case.values, max_size=5)
    series = [{"time": window.start_ms + n * step, **draw(figures)} for n in offsets]
    return {"_links": {}, "metadata": metadata, "series": series}


@st.composite
def loads(draw: st.DrawFn) -> tuple[Case, list[tuple[Window, dict[str, Any]]]]:
    case = draw(st.sampled_from(CASES))
    return case, [(window, draw(answers_of(case, window))) for window in (ASK, SECOND)[: draw(st.integers(1, 2))]]


QUICK = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
ORDERS = st.randoms(use_true_random=False)


@QUICK
@given(loads(), ORDERS, st.sampled_from([1, 20, 100, 1 << 18]))
def test_rows_are_what_plain_loops_make_of_the_answers(load: Any, order: random.Random, block: int) -> None:
    """Wherever the answer is cut into blocks."""
    case, answers = load
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split, "BLOCK", block)
        found = decoded(case, [(window, written(answer, order)) for window, answer in answers])
    expected = reference(case, answers)
    assert list(found) == sorted(expected)
    for day, rows in found.items():
        assert plain(rows) == expected[day]
        assert len(rows) == len(expected[day])


@QUICK
@given(loads(), ORDERS, ORDERS)
def test_the_hash_of_a_day_is_of_its_rows_alone(load: Any, one: random.Random, two: random.Random) -> None:
    """However the answer is ordered, chunked, or whatever other days came along."""
    case, answers = load
    before = decoded(case, [(window, written(answer, one)) for window, answer in answers])
    daily = []
    for window, answer in answers:
        for day in window.days():
            only = Window(day, day + timedelta(days=1))
            of_day = [point for point in answer["series"] if only.start_ms <= point["time"] < only.end_ms]
            daily.append((only, written({**answer, "series": of_day}, two)))
    two.shuffle(daily)
    after = decoded(case, daily)
    assert {day: rows.content_hash for day, rows in before.items()} == {
        day: rows.content_hash for day, rows in after.items()
    }
    for day, rows in before.items():
        assert rows.encoded_table().equals(after[day].encoded_table()), "what is written is the same too"


@QUICK
@given(loads(), ORDERS)
def test_any_changed_cell_changes_the_hash_of_its_day_and_of_no_other(load: Any, order: random.Random) -> None:
    case, answers = load
    window, answer = answers[0]
    inside = [p for p in answer["series"] if len(p) > 1 and window.start_ms <= p["time"] < window.end_ms]
    assume(inside)
    point = order.choice(inside)
    key = order.choice([name for name in point if name != "time"])
    how = order.choice(["value", "drop", "label"])
    changed_point, metadata = dict(point), list(answer["metadata"])
    if how == "drop":
        del changed_point[key]
    elif how == "value":
        changed_point[key] = point[key] + 1 if point[key] < 2**50 else point[key] // 2
    else:
        metadata.append({**metadata[int(key)], "region": "another one"})
        changed_point[str(len(metadata) - 1)] = changed_point.pop(key)
    series = [changed_point if p is point else p for p in answer["series"]]
    after = decoded(case, [(window, written({**answer, "metadata": metadata, "series": series}, order))])
    before = decoded(case, [(window, written(answer, order))])
    day = FIRST + timedelta(days=(point["time"] - window.start_ms) // DAY_MS)
    assert before[day].content_hash != (after[day].content_hash if day in after else None)
    assert {d: r.content_hash for d, r in before.items() if d != day} == {
        d: r.content_hash for d, r in after.items() if d != day
    }


@QUICK
@given(st.dictionaries(st.integers(0, 6 * 24 * 60 - 1), st.tuples(*[st.none() | st.integers(0, 10**12)] * 2)), ORDERS)
def test_finer_points_add_up_to_the_days_they_lie_in(minutes: dict[int, Row], order: random.Random) -> None:
    minutes |= {61: (1, 1), 62: (2, 2)}  # hours apart at the least: days apart they would be another time zone's days
    case = Case(UsageQuery.build("ai_runs", group_by=["projectId"]), {"projectId": "project_id"}, BIG)
    points = [
        {"time": ASK.start_ms + m * 60_000, **{str(n): v for n, v in enumerate(pair) if v is not None}}
        for m, pair in minutes.items()
    ]
    answer = {"metadata": [{"projectId": "a"}, {"projectId": "b"}], "series": points}
    sums: dict[tuple[date, str], int] = {}
    for minute, pair in minutes.items():
        for project, value in zip("ab", pair, strict=True):
            if value is not None:
                cell = (FIRST + timedelta(days=minute // 1440), project)
                sums[cell] = sums.get(cell, 0) + value
    found = decoded(case, [(ASK, written(answer, order))])
    rows = [(day, row) for day, rows in found.items() for row in plain(rows)]
    assert {(day, row[2]): row[1] for day, row in rows} == sums
    assert len(rows) == len(sums)
    assert all(row[0] == datetime(day.year, day.month, day.day, tzinfo=timezone.utc) for day, row in rows)
