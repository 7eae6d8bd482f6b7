"""Each switch changes what it says, and nothing is left untested: see the last test."""

from __future__ import annotations

import dataclasses
import time
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from airflow_provider_ldusage.testing.simulator import Simulator
from airflow_provider_ldusage.testing.switches import Switches

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=timezone.utc)
DAY = 86_400_000
FLAG = "evaluations/default/production/banner_text"
MANY = "evaluations/default/production/ranking-experiment"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]


def ms(*parts: int) -> int:
    return int(utc(*parts).timestamp() * 1000)


def flip(sim: Simulator, **changes: Any) -> None:
    sim.switches = sim.switches.but(**changes)


OCTOBER = {"since": utc(2026, 10, 1), "to": utc(2026, 10, 11)}
SPARSE: dict[str, Any] = {**OCTOBER, "groupBy": ["environmentId", "sdkName", "sdkVersion"]}
SPARSE_DAYS = {**SPARSE, "aggregationType": "incremental"}


def test_seconds_documented(sim: Simulator, api: Any) -> None:
    seconds = {"since": ms(2026, 10, 1) // 1000, "to": ms(2026, 10, 11) // 1000}
    for path in ("vega-ai", "serverside-contexts", "observability/metrics"):
        sim.switches = Switches()
        read = api.points(path, **seconds)
        assert read
        assert api.get(path, **OCTOBER).status_code == 400
        flip(sim, seconds_documented="milliseconds")
        assert api.points(path, **OCTOBER) == read
        assert api.get(path, **seconds).status_code == 400


def test_unstated_unit(sim: Simulator, api: Any) -> None:
    seconds = {"since": ms(2026, 10, 1) // 1000, "to": ms(2026, 10, 11) // 1000}
    for path in (FLAG, "events/received", "mau", "mau/bycategory", "streams/client", "streams/server/bysdkversion"):
        sim.switches = Switches()
        read = api.points(path, **OCTOBER)
        assert api.get(path, **seconds).status_code == 400
        flip(sim, unstated_unit="seconds")
        assert api.points(path, **seconds) == read
        assert api.get(path, **OCTOBER).status_code == 400


def test_wrong_unit(sim: Simulator, api: Any) -> None:
    seconds = {"since": ms(2026, 10, 1) // 1000, "to": ms(2026, 10, 11) // 1000}
    for path, wrong in (("vega-ai", OCTOBER), ("serverside-contexts", OCTOBER), ("total-mau", seconds)):
        flip(sim, wrong_unit="refused")
        assert api.get(path, **wrong).status_code == 400
        flip(sim, wrong_unit="empty")
        assert api.json(path, **wrong)["series"] == []
        assert api.json(path, **wrong)["metadata"] == []


def test_seconds_that_are_believed_to_be_milliseconds_are_days_of_1970(sim: Simulator, api: Any) -> None:
    flip(sim, wrong_unit="believed", absent_points="zero", seconds_documented="milliseconds")
    for days in (10, 300):  # 14 minutes, and 7 hours
        span = {"since": ms(2026, 1, 1) // 1000, "to": ms(2026, 1, 1) // 1000 + days * DAY // 1000}
        assert api.one("vega-ai", **span) == {ms(1970, 1, 21): 0}
        assert api.json("vega-ai", **span)["metadata"] == [{}]
        assert api.one("observability/errors", **span, aggregationType="month_to_date") == {ms(1970, 1, 21): 0}
        assert api.one("observability/errors", **span, aggregationType="rolling_30d") == {ms(1970, 1, 21): 0}
        assert api.one("observability/metrics", **span) == {ms(1970, 1, 21): 0}
        assert api.one("observability/errors", **span, granularity="monthly") == {ms(1970, 1, 1): 0}
        assert api.json("ai-runs", **span, groupBy="sdkName")["series"] == []
        assert api.json("serverside-contexts", **span)["series"] == [], "always split by context kind"
        assert api.one("mau", **span) == {ms(1970, 1, 21): 0}
        hour = ms(1970, 1, 21, 10)
        flip(sim, streams_granularity="by_length")
        hourly = api.one("streams/client", **span)
        assert hour <= min(hourly) and max(hourly) <= hour + 10 * 3_600_000 and set(hourly.values()) == {0}
    across = api.one("vega-ai", since=ms(2026, 1, 1) // 1000, to=ms(1970, 1, 25))
    assert across == {ms(1970, 1, day): 0 for day in range(21, 25)}
    right = api.one("vega-ai", **OCTOBER)
    assert list(right) == [ms(2026, 10, day) for day in range(1, 11)] and all(right.values())
    flip(sim, absent_points="absent")
    assert api.json("vega-ai", **span)["series"] == []


def test_milliseconds_that_are_believed_to_be_seconds_are_years_ahead(sim: Simulator, api: Any) -> None:
    flip(sim, wrong_unit="believed", absent_points="zero", to_bound="inclusive")
    assert api.json("serverside-contexts", since=ms(2026, 10, 1), to=ms(2026, 10, 1) + 1)["series"] == []
    assert api.json("vega-ai", since=ms(2026, 10, 1), to=ms(2026, 10, 1) + 1)["series"] == []
    assert api.get("serverside-contexts", **OCTOBER).status_code == 400, "ten thousand days"


def test_to_bound(sim: Simulator, api: Any) -> None:
    exclusive = api.one("total-mau", **OCTOBER)
    flip(sim, to_bound="inclusive")
    inclusive = api.one("total-mau", **OCTOBER)
    assert inclusive.keys() - exclusive.keys() == {ms(2026, 10, 11)}
    assert exclusive.items() < inclusive.items()
    assert api.one("total-mau", since=utc(2026, 10, 1), to=utc(2026, 10, 10, 12)) == exclusive


def test_default_timezone(sim: Simulator, api: Any) -> None:
    asked = api.one("streams/client", **OCTOBER, tz="Asia/Tokyo")
    flip(sim, default_timezone="Asia/Tokyo")
    assert api.one("streams/client", **OCTOBER) == asked
    assert all(time % DAY == 15 * 3_600_000 for time in asked)
    assert all(time % DAY == 15 * 3_600_000 for time in api.one("ai-runs", **OCTOBER))
    assert all(time % DAY == 0 for time in api.one("streams/client", **OCTOBER, tz="UTC"))


def test_days_of_a_time_zone_follow_its_clock_changes(sim: Simulator, api: Any) -> None:
    found = api.one("streams/client", since=utc(2026, 10, 23, 22), to=utc(2026, 10, 26, 23), tz="Europe/Berlin")
    assert [time % DAY // 3_600_000 for time in found] == [22, 22, 23]


def test_absent_points(sim: Simulator, api: Any) -> None:
    absent = api.points("service-connections", **SPARSE_DAYS)
    flip(sim, absent_points="zero")
    zero = api.points("service-connections", **SPARSE_DAYS)
    assert min(map(len, absent.values())) < 10
    assert {len(series) for series in zero.values()} == {10}
    for key, series in zero.items():
        assert {time: value for time, value in series.items() if value} == absent[key]


def test_zero_fill_covers_an_answer_without_usage(sim: Simulator, api: Any) -> None:
    flip(sim, absent_points="zero")
    empty = {**OCTOBER, "sdkName": "Fortran", "aggregationType": "incremental"}
    assert set(api.one("ai-runs", **empty).values()) == {0}
    assert api.json("ai-runs", **empty, groupBy="sdkName")["metadata"] == []


def test_monthly_time(sim: Simulator, api: Any) -> None:
    months: dict[str, Any] = {"since": utc(2026, 8, 15), "to": utc(2026, 11, 1), "granularity": "monthly"}
    start = api.one("total-mau", **months)
    assert list(start) == [ms(2026, 8, 1), ms(2026, 9, 1), ms(2026, 10, 1)]
    flip(sim, monthly_time="last_day")
    last = api.one("total-mau", **months)
    assert list(last) == [ms(2026, 8, 31), ms(2026, 9, 30), ms(2026, 10, 31)]
    assert list(last.values()) == list(start.values())
    daily = api.one("total-mau", since=utc(2026, 9, 1), to=utc(2026, 10, 1))
    assert daily[ms(2026, 9, 30)] == last[ms(2026, 9, 30)]


@pytest.mark.parametrize(
    ("start", "length", "by_length", "by_age"),
    [
        (NOW - timedelta(hours=1), timedelta(hours=1), 60_000, 60_000),
        (NOW - timedelta(days=69), timedelta(minutes=119), 60_000, DAY),
        (NOW - timedelta(days=71), timedelta(minutes=119), 3_600_000, DAY),
        (NOW - timedelta(hours=30), timedelta(hours=2), 3_600_000, 3_600_000),
        (NOW - timedelta(hours=47), timedelta(hours=47), 3_600_000, 3_600_000),
        (NOW - timedelta(days=30), timedelta(hours=47), 3_600_000, DAY),
        (NOW - timedelta(days=30), timedelta(hours=48), DAY, DAY),
        (NOW - timedelta(days=2), timedelta(days=2), DAY, 3_600_000),
    ],
)
def test_granularity_is_chosen_by_length_or_age(
    sim: Simulator, api: Any, start: datetime, length: timedelta, by_length: int, by_age: int
) -> None:
    def step(path: str) -> int:
        times: list[int] = sorted(
            {time for one in api.points(path, since=start, to=start + length).values() for time in one}
        )
        if len(times) > 1:
            return min(later - earlier for earlier, later in pairwise(times))
        return DAY if times[0] % DAY == 0 else 3_600_000

    for switch, paths in (
        ("evaluations_granularity", [FLAG]),
        ("streams_granularity", ["streams/client", "events/received"]),
    ):
        for reading, expected in (("by_length", by_length), ("by_age", by_age)):
            flip(sim, **{switch: reading})
            assert {step(path) for path in paths} == {expected}, (switch, reading)


def test_evaluations_granularity(sim: Simulator, api: Any) -> None:
    day = {"since": utc(2026, 10, 1), "to": utc(2026, 10, 2)}
    assert len(api.json(FLAG, **day)["series"]) > 1
    flip(sim, evaluations_granularity="by_age")
    assert [point["time"] for point in api.json(FLAG, **day)["series"]] == [ms(2026, 10, 1)]


def test_streams_granularity(sim: Simulator, api: Any) -> None:
    day = {"since": utc(2026, 10, 1), "to": utc(2026, 10, 2)}
    assert list(api.one("streams/client", **day)) == [ms(2026, 10, 1)]
    flip(sim, streams_granularity="by_length")
    assert len(api.one("streams/client", **day)) > 1


def test_settle_days(sim: Simulator, api: Any) -> None:
    yesterday: dict[str, Any] = {"since": utc(2026, 11, 19), "to": utc(2026, 11, 20), "aggregationType": "incremental"}
    figures = []
    for days in (0, 1, 3, 30):
        flip(sim, settle_days=days)
        figures.append(sum(api.one("ai-runs", **yesterday).values()))
    assert figures[0] > figures[1] > figures[2] > figures[3]
    sim.advance(timedelta(days=40))
    assert sum(api.one("ai-runs", **yesterday).values()) == figures[0]


def test_retention_days(sim: Simulator, api: Any) -> None:
    whole = {path: api.points(path, since=utc(2026, 9, 1), to=utc(2026, 11, 1)) for path in ("total-mau", FLAG)}
    flip(sim, retention_days=30)
    for path, series in whole.items():
        cut = api.points(path, since=utc(2026, 9, 1), to=utc(2026, 11, 1))
        assert cut == {
            key: {time: value for time, value in one.items() if time >= ms(2026, 10, 21)} for key, one in series.items()
        }
        body = api.json(path, since=utc(2026, 9, 1), to=utc(2026, 10, 1))
        assert (body["metadata"], body["series"]) == ([], [])


def test_month_to_date_from(sim: Simulator, api: Any) -> None:
    middle = {"since": utc(2026, 10, 10), "to": utc(2026, 11, 3)}
    whole = api.one("ai-runs", since=utc(2026, 10, 1), to=utc(2026, 11, 3))
    assert api.one("ai-runs", **middle) == {time: value for time, value in whole.items() if time >= ms(2026, 10, 10)}
    flip(sim, month_to_date_from="requested_from")
    restarted = api.one("ai-runs", **middle)
    assert restarted[ms(2026, 10, 10)] == api.one("ai-runs", **middle, aggregationType="incremental")[ms(2026, 10, 10)]
    assert restarted[ms(2026, 10, 31)] < whole[ms(2026, 10, 31)]
    assert restarted[ms(2026, 11, 2)] == whole[ms(2026, 11, 2)]
    monthly = api.one("ai-runs", **middle, granularity="monthly")
    assert monthly[ms(2026, 10, 1)] == restarted[ms(2026, 10, 31)]
    assert api.one("ai-runs", since=utc(2026, 10, 1), to=utc(2026, 11, 3)) == whole


def test_month_to_date_gaps(sim: Simulator, api: Any) -> None:
    days = api.points("service-connections", **SPARSE_DAYS)
    carried = api.points("service-connections", **SPARSE)
    flip(sim, month_to_date_gaps="absent")
    absent = api.points("service-connections", **SPARSE)
    assert {key: set(one) for key, one in absent.items()} == {key: set(one) for key, one in days.items()}
    assert sum(map(len, carried.values())) > sum(map(len, absent.values()))
    assert all(one.items() <= carried[key].items() for key, one in absent.items())


def test_partial_day(sim: Simulator, api: Any) -> None:
    today = ms(2026, 11, 20)
    partial = api.one("total-mau")
    flip(sim, partial_day="zero")
    assert partial[today] > 0
    assert api.one("total-mau") == {**partial, today: 0}
    assert api.one("total-mau", aggregationType="incremental")[today] > 0


def test_incremental_uniques(sim: Simulator, api: Any) -> None:
    span: dict[str, Any] = {**OCTOBER, "aggregationType": "incremental"}
    of_day, cumulative = api.one("total-mau", **span), api.one("total-mau", **OCTOBER)
    flip(sim, incremental_uniques="new_in_month")
    new = api.one("total-mau", **span)
    assert sum(new.values()) == cumulative[ms(2026, 10, 10)]
    assert sum(of_day.values()) > sum(new.values())
    later = api.one("total-mau", since=utc(2026, 10, 5), to=utc(2026, 10, 11), aggregationType="incremental")
    assert later.items() <= new.items()


def test_observability_average(sim: Simulator, api: Any) -> None:
    span = {"since": ms(2026, 10, 1) // 1000, "to": ms(2026, 10, 3) // 1000, "aggregationType": "average"}
    hour = api.one("observability/metrics", **span)
    hourly = api.one("observability/metrics", **span, granularity="hourly")
    assert abs(hour[ms(2026, 10, 1)] - sum(v for t, v in hourly.items() if t < ms(2026, 10, 2)) / 24) <= 0.5
    flip(sim, observability_average="per_minute")
    assert abs(api.one("observability/metrics", **span)[ms(2026, 10, 1)] - hour[ms(2026, 10, 1)] / 60) <= 1


def test_primary_kind(sim: Simulator, api: Any) -> None:
    span = {"since": utc(2026, 10, 20), "to": utc(2026, 11, 10)}
    user = api.one("total-mau", **span)
    flip(sim, primary_kind={"2026-11": "organization"})
    flipped = api.one("total-mau", **span)
    october = {time: value for time, value in user.items() if time < ms(2026, 11, 1)}
    kinds = api.points("total-contexts", **span)
    assert october.items() <= flipped.items()
    (organization,) = (one for key, one in kinds.items() if "organization" in str(key))
    assert {t: v for t, v in flipped.items() if t >= ms(2026, 11, 1)} == {
        t: v for t, v in organization.items() if t >= ms(2026, 11, 1)
    }


def test_context_kind_split(sim: Simulator, api: Any) -> None:
    def columns(**query: Any) -> set[str]:
        return {name for one in api.json("total-contexts", **OCTOBER, **query)["metadata"] for name in one}

    assert (columns(), columns(groupBy="projectId")) == ({"contextKind"}, {"contextKind", "projectId"})
    split = api.points("total-contexts", **OCTOBER)
    flip(sim, context_kind_split="ungrouped_only")
    assert (columns(), columns(groupBy="projectId")) == ({"contextKind"}, {"projectId"})
    flip(sim, context_kind_split="never")
    assert (columns(), columns(groupBy="projectId")) == (set(), {"projectId"})
    joined = api.one("total-contexts", **OCTOBER)
    assert joined == {time: sum(one.get(time, 0) for one in split.values()) for time in joined}


def test_other_variations(sim: Simulator, api: Any) -> None:
    span = {"since": utc(2026, 10, 1), "to": utc(2026, 11, 1)}
    folded = api.json(MANY, **span)
    flip(sim, other_variations="listed")
    listed = api.json(MANY, **span)
    assert folded["metadata"][-1] == {"key": "Other Variations"}
    assert len(folded["metadata"]) == 21
    assert {"key": "Other Variations"} not in listed["metadata"]
    assert len(listed["metadata"]) == 30
    assert folded["totalEvaluations"] == listed["totalEvaluations"]


def test_data_through_lag_hours(sim: Simulator, api: Any) -> None:
    today: dict[str, Any] = {"since": utc(2026, 11, 20), "aggregationType": "incremental", "granularity": "hourly"}
    for path in ("data-export-events", "warehouse-export"):
        for lag, through, delayed in ((1, "09:00", False), (2, "08:00", False), (3, "07:00", True), (24, None, True)):
            flip(sim, data_through_lag_hours=lag)
            body = api.json(path, **today)
            assert body["delayed"] is delayed
            if through:
                assert body["dataThrough"] == f"2026-11-20T{through}:00Z"
                assert max(p["time"] for p in body["series"]) == ms(2026, 11, 20, int(through[:2]) - 1)
            else:
                assert body["series"] == []
        flip(sim, data_through_lag_hours=None)
        body = api.json(path, **today)
        assert not {"dataThrough", "delayed"} & set(body)
        assert max(p["time"] for p in body["series"]) == ms(2026, 11, 20, 10)


def test_data_through_frozen(sim: Simulator, api: Any) -> None:
    days: dict[str, Any] = {"since": utc(2026, 11, 10), "to": utc(2026, 11, 21), "aggregationType": "incremental"}
    paths = ("data-export-events", "warehouse-export")
    before = {path: api.one(path, **days) for path in paths}
    usage = api.one("ai-runs", **days)
    flip(sim, data_through_frozen="2026-11-18T06:00:00Z")
    frozen = {path: api.json(path, **days) for path in paths}
    for path in paths:
        assert (frozen[path]["dataThrough"], frozen[path]["delayed"]) == ("2026-11-18T06:00:00Z", True)
        points = {point["time"]: point["0"] for point in frozen[path]["series"]}
        assert max(points) == ms(2026, 11, 18) and max(before[path]) == ms(2026, 11, 20)
        assert points[ms(2026, 11, 12)] == before[path][ms(2026, 11, 12)]
        assert 0 < points[ms(2026, 11, 18)] < before[path][ms(2026, 11, 18)]
    assert api.one("ai-runs", **days) == usage, "of data export alone"
    ranked = api.json("data-export-events/projects/ranking", since=utc(2026, 11, 19), to=utc(2026, 11, 20))
    assert ranked["items"] == []
    sim.advance(timedelta(days=5))
    assert {path: api.json(path, **days) for path in paths} == frozen
    flip(sim, data_through_frozen="2027-01-01T00:00:00+01:00")
    assert api.json(paths[0], **days)["dataThrough"] == "2026-11-25T09:00:00Z", "not beyond the lag"
    flip(sim, data_through_frozen=None)
    assert api.json(paths[0], **days)["dataThrough"] == "2026-11-25T09:00:00Z"
    assert api.one(paths[0], **days)[ms(2026, 11, 20)] > before[paths[0]][ms(2026, 11, 20)]
    flip(sim, data_through_frozen="2026-11-18T06:00:00Z", data_through_lag_hours=None)
    unavailable = api.json(paths[0], **days)
    assert "dataThrough" not in unavailable and unavailable["series"] == frozen[paths[0]]["series"]


def test_data_export_identity(sim: Simulator, api: Any) -> None:
    asked = (
        ("data-export-events", {**OCTOBER, "groupBy": "projectId", "projectKey": "default"}),
        ("data-export-events/projects/ranking", OCTOBER),
    )
    assert [api.get(path, **query).status_code for path, query in asked] == [200, 200]
    flip(sim, data_export_identity="incomplete")
    for path, query in asked:
        response = api.get(path, **query)
        assert response.status_code == 409
        assert response.json()["code"] == "data_export_project_identity_incomplete"
    assert api.get("data-export-events", **OCTOBER).status_code == 200


def test_destinations_viewable(sim: Simulator, api: Any) -> None:
    def seen(path: str) -> dict[str, dict[str, Any]]:
        return {one["destinationId"]: one for one in api.json(path, **OCTOBER, groupBy="destinationId")["metadata"]}

    streaming = seen("data-export-events")
    assert streaming["hidden"] == {
        "destinationId": "hidden",
        "destinationName": "Unknown destination",
        "destinationViewable": False,
    }
    assert streaming[""] == {"destinationId": "", "destinationName": "Unattributed"}
    names = {one["destinationName"] for one in streaming.values()}
    assert {"Unknown historical destination", "Marketing", "Clickstream"} <= names
    kinds = {one["destinationName"]: one.get("destinationKind") for one in streaming.values()}
    assert (kinds["Marketing"], kinds["Unknown historical destination"]) == ("google-pubsub", None)
    assert "hidden" in seen("warehouse-export")
    flip(sim, destinations_viewable="all")
    assert "hidden" not in seen("data-export-events")
    flip(sim, destinations_viewable="none")
    assert not any(one.get("destinationViewable") for one in seen("data-export-events").values())
    both = api.json("data-export-events", **OCTOBER, groupBy=["destinationId", "destinationKind"])["metadata"]
    hidden = [one["destinationKind"] for one in both if one["destinationId"] == "hidden"]
    assert len(hidden) == len(set(hidden)) == 3


def test_ungrouped_metadata(sim: Simulator, api: Any) -> None:
    assert api.json("total-mau")["metadata"] == [{}]
    assert api.json("streams/server")["metadata"] == [{}]
    flip(sim, ungrouped_metadata="described")
    assert api.json("total-mau")["metadata"] == [{"key": "total"}]
    assert api.json("streams/server")["metadata"] == [{"source": "server"}]


def test_anonymous_key(sim: Simulator, api: Any) -> None:
    def names() -> set[str]:
        return {name for one in api.json("clientside-mau", groupBy="anonymousV2")["metadata"] for name in one}

    assert names() == {"anonymousV2"}
    flip(sim, anonymous_key="anonymous")
    assert names() == {"anonymous"}


def test_anonymous_value(sim: Simulator, api: Any) -> None:
    def values() -> set[Any]:
        return {one["anonymousV2"] for one in api.json("clientside-mau", groupBy="anonymousV2")["metadata"]}

    assert values() == {"true", "false"}
    flip(sim, anonymous_value="boolean")
    assert values() == {True, False}


def test_missing_dimension(sim: Simulator, api: Any) -> None:
    def metadata() -> list[dict[str, Any]]:
        return sorted(api.json("clientside-mau", **OCTOBER, groupBy="sdkAppId")["metadata"], key=str)

    absent = metadata()
    assert {} in absent
    assert {"sdkAppId": "Unknown"} in absent
    assert {"sdkAppId": "unknown"} in absent
    flip(sim, missing_dimension="empty")
    assert metadata() == sorted((one or {"sdkAppId": ""} for one in absent), key=str)


def test_events_metadata(sim: Simulator, api: Any) -> None:
    for reading, expected in (("empty_object", {}), ("type", {"type": "received"}), ("key", {"key": "received"})):
        flip(sim, events_metadata=reading)
        assert api.json("events/received")["metadata"] == [expected]


def test_bycategory_metadata(sim: Simulator, api: Any) -> None:
    for name in ("category", "key"):
        flip(sim, bycategory_metadata=name)
        found = api.json("mau/bycategory")["metadata"]
        assert sorted(one[name] for one in found) == ["backend", "browser", "mobile"]


def test_mau_metadata(sim: Simulator, api: Any) -> None:
    asked = {"groupby": ["project", "environment", "sdktype", "sdk", "anonymous", "contextKind"]}
    assert all(set(one) == set(asked["groupby"]) for one in api.json("mau", **asked)["metadata"])
    flip(sim, mau_metadata="as_newer")
    newer = {"projectId", "environmentId", "sdkType", "sdkName", "anonymous", "contextKind"}
    assert all(set(one) == newer for one in api.json("mau", **asked)["metadata"])


def test_series_order(sim: Simulator, api: Any) -> None:
    def orders() -> list[list[Any]]:
        return [
            api.json("ai-runs", **OCTOBER, aggregationType="incremental", groupBy="environmentId")["metadata"],
            api.json("ai-runs", since=utc(2026, 9, 1), to=utc(2026, 10, 1), groupBy="environmentId")["metadata"],
        ]

    shuffled = orders()
    assert shuffled[0] != shuffled[1]
    flip(sim, series_order="sorted")
    ordered = orders()
    assert ordered[0] == ordered[1] == sorted(shuffled[0], key=str)


def test_total_evaluations(sim: Simulator, api: Any) -> None:
    body = api.json(FLAG, **OCTOBER)
    assert body["totalEvaluations"] == sum(v for p in body["series"] for k, v in p.items() if k != "time")
    flip(sim, total_evaluations="absent")
    assert "totalEvaluations" not in api.json(FLAG, **OCTOBER)


def test_projected_series(sim: Simulator, api: Any) -> None:
    body = api.json("service-connections")
    projected = {point["time"]: point["0"] for point in body["projectedSeries"]}
    assert list(projected) == [ms(2026, 11, day) for day in range(1, 31)]
    assert list(projected.values()) == sorted(projected.values())
    actual = api.one("service-connections")
    assert all(projected[time] == value for time, value in actual.items() if time < ms(2026, 11, 20))
    assert "projectedSeries" not in api.json("service-connections", **OCTOBER)
    flip(sim, projected_series="remaining_days")
    rest = api.json("service-connections")["projectedSeries"]
    assert [point["time"] for point in rest] == [ms(2026, 11, day) for day in range(20, 31)]
    flip(sim, projected_series="absent")
    assert "projectedSeries" not in api.json("service-connections")


def test_unknown_parameters(sim: Simulator, api: Any) -> None:
    assert api.get("total-mau", groupby="projectId").status_code == 400
    flip(sim, unknown_parameters="ignored")
    assert api.json("total-mau", groupby="projectId")["metadata"] == [{}]


def test_unknown_project(sim: Simulator, api: Any) -> None:
    for path, query in (("ai-runs", {"projectKey": "nowhere"}), ("vega-ai", {"projectKey": "nowhere"})):
        flip(sim, unknown_project="refused")
        assert api.get(path, **query).status_code in (400, 404)
        flip(sim, unknown_project="empty")
        assert api.json(path, **query)["series"] == []
    assert api.json("ai-runs", projectKey="default", environmentKey="nowhere")["series"] == []


def test_mau_sdk_app_id(sim: Simulator, api: Any) -> None:
    assert api.get("mau", groupby="sdkAppId").status_code == 200
    flip(sim, mau_sdk_app_id="refused")
    response = api.get("mau", groupby="sdkAppId")
    assert (response.status_code, response.json()["message"]) == (400, "Invalid group by argument: sdkAppId")


def test_not_in_plan(sim: Simulator, api: Any) -> None:
    flip(sim, not_in_plan=["observability/*", "mau", "evaluations/*"])
    refused = ("observability/logs", "mau", FLAG)
    assert [api.get(path).status_code for path in refused] == [403] * 3
    assert api.get("mau").json()["code"] == "forbidden"
    assert [api.get(path).status_code for path in ("mau/sdks", "total-mau")] == [200] * 2


def test_lapsed_plan(sim: Simulator, api: Any) -> None:
    flip(sim, lapsed_plan=["*"])
    for path in ("total-mau", FLAG, "service-connections"):
        body = api.json(path)
        assert (body["metadata"], body["series"]) == ([], [])
    assert api.json("sdk-versions/details") == []
    assert api.json("mau/sdks")["sdks"] == []
    assert api.json("streams/client/sdkversions")["sdkVersions"] == []
    assert api.json("data-export-events/projects/ranking", **OCTOBER)["items"] == []


def _limited(sim: Simulator, api: Any, **limits: Any) -> list[Any]:
    # A long window, so that it does not turn over in the middle of the test.
    window = 10_000.0
    while window - (sim.now.timestamp() + time.time()) % window < 5:
        window *= 1.1
    flip(sim, rate_window=window, **limits)
    return [api.get("mau/sdks") for _ in range(3)] + [api.get("sdk-versions/details")]


def test_rate_limit(sim: Simulator, api: Any) -> None:
    first, second, third, other = _limited(sim, api, rate_limit=2)
    assert [one.status_code for one in (first, second, third, other)] == [200, 200, 429, 429]
    assert [one.headers["X-Ratelimit-Global-Remaining"] for one in (first, second, third)] == ["1", "0", "0"]
    assert first.headers["X-Ratelimit-Global-Limit"] == "2"
    assert "X-Ratelimit-Route-Limit" not in first.headers
    assert third.json() == {
        "code": "rate_limited",
        "message": "You've exceeded the API rate limit. Try again later.",
    }
    assert ms(2026, 11, 20, 10, 30) < int(third.headers["X-Ratelimit-Reset"]), "a moment of the simulated clock"


def test_route_rate_limit(sim: Simulator, api: Any) -> None:
    answers = _limited(sim, api, route_rate_limit=2)
    assert [one.status_code for one in answers] == [200, 200, 429, 200]
    assert answers[0].headers["X-Ratelimit-Route-Remaining"] == "1"
    assert "X-Ratelimit-Reset" in answers[0].headers


def test_token_rate_limit(sim: Simulator, api: Any) -> None:
    answers = _limited(sim, api, token_rate_limit=2)
    assert [one.status_code for one in answers] == [200, 200, 429, 429]
    assert answers[0].headers["X-Ratelimit-Auth-Token-Limit"] == "2"
    assert "X-Ratelimit-Auth-Token-Reset" in answers[0].headers
    assert "X-Ratelimit-Reset" not in answers[0].headers


def test_rate_window(sim: Simulator, api: Any) -> None:
    sim.now = None
    sim.advance(timedelta(days=40))
    flip(sim, rate_window=0.2, rate_limit=1)
    windows: dict[str, list[int]] = {}  # the answers of each, by when it ends
    until = time.monotonic() + 60
    while time.monotonic() < until and (len(windows) < 3 or max(map(len, windows.values())) < 2):
        answer = api.get("mau/sdks")
        windows.setdefault(answer.headers["X-Ratelimit-Reset"], []).append(answer.status_code)
        assert int(answer.headers["X-Ratelimit-Reset"]) <= sim.now.timestamp() * 1000 + 200
    assert len(windows) >= 3 and max(map(len, windows.values())) >= 2
    assert all(statuses == [200, *[429] * (len(statuses) - 1)] for statuses in windows.values())


def test_extra_projects(sim: Simulator, api: Any) -> None:
    flip(sim, extra_projects=30)
    body = api.raw("/api/v2/projects").json()
    assert (len(body["items"]), body["totalCount"]) == (20, 33)
    assert api.json("ai-runs", projectKey="spare-0001")["series"] == []
    assert api.get("evaluations/spare-0001/production/banner_text").json()["series"] == []


def test_extra_flags(sim: Simulator, api: Any) -> None:
    flip(sim, extra_flags=30)
    assert api.raw("/api/v2/flags/default").json()["totalCount"] == 36
    assert api.json("evaluations/default/production/release-0007")["metadata"] == [{"key": True}, {"key": False}]


def test_every_switch_is_tested() -> None:
    assert not {one.name for one in dataclasses.fields(Switches)} - {
        name.removeprefix("test_") for name in globals() if name.startswith("test_")
    }


def test_wrong_switches_are_refused() -> None:
    for wrong in (
        {"to_bound": "maybe"},
        {"settle_days": -1},
        {"settle_days": "3"},
        {"settle_days": True},
        {"rate_window": 0},
        {"data_through_frozen": "soon"},
        {"data_through_frozen": 5},
        {"colour": "red"},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Switches().but(**wrong)
    assert Switches().but_text(["settle_days=5", "to_bound=inclusive", "rate_limit=null", 'lapsed_plan=["mau"]']) == (
        Switches(settle_days=5, to_bound="inclusive", lapsed_plan=frozenset({"mau"}))
    )
    with pytest.raises(ValueError, match="name=value"):
        Switches().but_text(["settle_days"])
    assert Switches().but(**Switches(primary_kind={"2026-11": "device"}).as_json()).primary_kind["2026-11"] == "device"


def test_truth_knows_nothing_of_what_spoils_an_answer(sim: Simulator) -> None:
    span = {"start": date(2026, 10, 5), "end": date(2026, 10, 12)}
    before = sim.truth("ai-runs", **span)  # type: ignore[arg-type]
    flip(
        sim,
        retention_days=1,
        month_to_date_from="requested_from",
        absent_points="zero",
        to_bound="inclusive",
        lapsed_plan=["*"],
        partial_day="zero",
        seconds_documented="milliseconds",
    )
    assert sim.truth("ai-runs", **span) == before  # type: ignore[arg-type]
