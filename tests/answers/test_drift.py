"""LaunchDarkly's answers may change: what is safe is logged and kept; what is not stops before anything is written."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.testing import Simulator
from tests.loading import NOW, Loader, midnight_ms, warnings

RUNS = {"metric": "ai_runs", "group_by": ["projectId"], "table": "t"}
RUNS_BY_SDK = {"metric": "ai_runs", "group_by": ["sdkName"], "table": "t"}
CONNECTIONS = {"metric": "service_connections", "group_by": ["sdkAppId"], "table": "t"}
RANKING = {"metric": "data_export_project_ranking", "table": "t"}
DETAILS = {"metric": "sdk_versions_details", "table": "t"}
RANKED = {"projectKey": "a", "projectName": "A", "rank": 1, "usage": 9, "components": {"streaming": 9}}


@pytest.fixture
def loader(tmp_path: Path) -> Iterator[Loader]:
    with Simulator(now=NOW) as simulator:
        yield Loader(simulator, tmp_path / "lake")


def answer(metadata: Any = ({"projectId": "p"},), days: int = 4, value: Any = 12, **more: Any) -> dict[str, Any]:
    """A usage answer for 2026-11-08 and the days after it, in which all figures are the same."""
    start = midnight_ms("2026-11-08")
    points = [
        {"time": start + day * 86_400_000, **{str(key): value for key in range(len(metadata))}} for day in range(days)
    ]
    return {"_links": {}, "metadata": list(metadata), "series": points, **more}


def page(*items: Any, **more: Any) -> dict[str, Any]:
    return {"items": list(items), "page": {"limit": 100, "count": len(items)}, "scope": {}, **more}


def rows(loader: Loader) -> list[dict[str, Any]]:
    return ds.dataset(loader.lake / "t").to_table().to_pylist()


# --- safe: told, and kept


def test_unknown_metadata_is_kept_in_extra_and_told_once_a_load(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    flags = [f"flag-{number}" for number in range(6)]
    metadata = [{"key": variation, "region": region} for variation in ("a", "b") for region in ("eu", "us")]
    loader.answers(answer(metadata), "evaluations", times=len(flags))
    place = {"project_key": "default", "environment_key": "production"}
    loader(metric="evaluations", table="t", feature_flag_key=flags, checks={"gaps": "off"}, **place)
    assert warnings(caplog) == ["metadata has 'region', which this version does not know: kept in the column extra"]
    assert {row["extra"] for row in rows(loader)} == {'{"region":"eu"}', '{"region":"us"}'}
    assert len(rows(loader)) == len(flags) * len(metadata) * 4


def test_every_load_tells_of_its_own(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        loader.answers(answer([{"projectId": "p", "region": "eu"}]), "ai-runs")
        loader(**RUNS)
    assert len(warnings(caplog)) == 2


def test_a_flood_of_unknown_names_does_not_flood_the_log(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    odd = {f"name\n{number}": number for number in range(500)}
    loader.answers(answer([{"projectId": "p", **odd, "x" * 5000: 1}]), "ai-runs")
    loader(**RUNS)
    told = warnings(caplog)
    assert len(told) == 21 and "481 fields more" in told[-1]
    assert not [message for message in told if "\n" in message or len(message) > 200]
    assert len(json.loads(rows(loader)[0]["extra"])) == 501


def test_what_the_answer_repeats_of_the_question_is_no_news(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader.answers(answer([{"sdk": "Go", "version": "1", "source": "client"}]), "streams")
    loader(metric="streams_by_sdk_version", source="client", table="t")
    assert warnings(caplog) == []
    assert {row["extra"] for row in rows(loader)} == {None}


def test_a_new_field_at_the_top_is_told_and_left_out(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader.answers(answer(brandNew={"a": 1}, page=None, truncated=False), "ai-runs")
    loader(**RUNS)
    assert "the answer has the top-level field 'brandNew', which this version does not know: left out" in warnings(
        caplog
    )
    assert len(rows(loader)) == 4


def test_whole_numbers_sent_as_floats_stay_whole_and_are_told_once(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    loader.answers(answer(), "ai-runs")
    loader(**RUNS)
    files = loader.everything()
    loader.answers(answer(value=12.0), "ai-runs")
    report = loader(**RUNS)
    assert loader.everything() == files
    assert len(report.commit.days("unchanged")) == 4
    (told,) = warnings(caplog)
    assert "decimal point" in told


def test_minutes_in_floats_are_no_news(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader.answers(answer([{"sdkAppId": "a"}], value=12.5), "service-connections")
    loader(**CONNECTIONS)
    assert warnings(caplog) == []


def test_a_dimension_that_becomes_an_object_is_told_and_kept_as_json(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    loader.answers(answer([{"projectId": {"id": "p"}}]), "ai-runs")
    loader(**RUNS)
    assert "'projectId' is no plain value" in warnings(caplog)[0]
    assert rows(loader)[0]["project_id"] == '{"id":"p"}'


def test_a_dimension_that_launchdarkly_no_longer_adds_is_told(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader.answers(answer([{"sdk": "Go"}]), "streams")
    loader(metric="streams_by_sdk_version", source="client", table="t")
    (told,) = warnings(caplog)
    assert "'version'" in told and "column version is null" in told
    assert rows(loader)[0]["version"] is None


def test_a_dimension_that_usage_may_lack_names_what_it_may_be_called_now(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    loader.answers(answer([{"applicationId": "a"}, {"applicationId": "b"}]), "service-connections")
    loader(**CONNECTIONS)
    assert [told for told in warnings(caplog) if "'sdkAppId'" in told and "now called 'applicationId'" in told]
    assert {row["extra"] for row in rows(loader)} == {'{"applicationId":"a"}', '{"applicationId":"b"}'}


def test_unknown_fields_of_an_item_are_kept_in_extra_and_told_once_a_load(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    item = {**RANKED, "region": "eu", "components": {"streaming": 4, "batch": 5}}
    loader.answers(page(item, {**item, "projectKey": "b"}), "data-export-events", times=4)
    loader(**RANKING)
    assert warnings(caplog) == [
        "an item of the list has 'components.batch', which this version does not know: kept in the column extra",
        "an item of the list has 'region', which this version does not know: kept in the column extra",
    ]
    assert {row["extra"] for row in rows(loader)} == {'{"components":{"batch":5},"region":"eu"}'}


def test_a_ranks_float_is_read_as_a_whole_number(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader.answers(page({**RANKED, "usage": 9.0}), "data-export-events", times=4)
    loader(**RANKING)
    assert {row["usage"] for row in rows(loader)} == {9}
    (told,) = warnings(caplog)
    assert "'usage'" in told


def test_a_field_that_every_item_may_lack_may_be_lacking(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader.answers([{"name": "Go"}], "sdk-versions/details")
    loader("2026-11-11", **DETAILS)
    assert warnings(caplog) == []


def test_what_else_environments_hold_is_neither_kept_nor_named(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        loader("2026-11-11", metric="environments", table="t")
    assert "SECRET" not in caplog.text and "apiKey" not in caplog.text
    assert {row["extra"] for row in rows(loader)} == {None}


@pytest.mark.parametrize(
    "moved",
    [
        answer([{"projectId": "p", "region": "eu"}]),
        answer([{"projectId": {"id": 1}}]),
        answer(value=12.0),
        answer(brandNew=1),
        answer([{"projectId": "p"}, {}]),
    ],
    ids=["metadata key", "nested", "floats", "top-level", "sparse"],
)
def test_a_tables_columns_never_change_whatever_the_answer_holds(loader: Loader, moved: dict[str, Any]) -> None:
    loader.answers(answer(), "ai-runs")
    loader("2026-11-08", "2026-11-09", **RUNS)
    described = (loader.lake / "_ldusage" / "t.json").read_bytes()
    loader.answers(moved, "ai-runs")
    loader("2026-11-08", "2026-11-11", **RUNS)
    assert (loader.lake / "_ldusage" / "t.json").read_bytes() == described
    schemas = {str(pq.read_schema(path).remove_metadata()) for path in (loader.lake / "t").rglob("*.parquet")}
    assert len(schemas) == 1


# --- not safe: refused, with the lake as it was


NOT_SAFE: dict[str, tuple[dict[str, Any], str, Any, str]] = {
    "grouping ignored": (RUNS, "ai-runs", answer([{}]), "has the dimension 'projectId'"),
    "grouping renamed": (RUNS, "ai-runs", answer([{"projectKey": "p"}]), "the answer has projectKey"),
    "other grouping": (RUNS_BY_SDK, "ai-runs", answer([{"projectId": "p"}]), "'sdkName' that was asked for"),
    "fractions": (RUNS, "ai-runs", answer(value=12.5), "does not fit the metric's type int64"),
    "figures as text": (RUNS, "ai-runs", answer(value="12"), "no number"),
    "figures as null": (RUNS, "ai-runs", answer(value=None), "no number"),
    "figures as objects": (RUNS, "ai-runs", answer(value={"count": 12}), "no number"),
    "negative": (RUNS, "ai-runs", answer(value=-1), "negative"),
    "series renamed": (RUNS, "ai-runs", {"metadata": [], "points": []}, "no 'series'"),
    "metadata renamed": (RUNS, "ai-runs", {"series": [], "dimensions": []}, "no 'metadata'"),
    "metadata as a map": (RUNS, "ai-runs", {**answer(), "metadata": {"0": {}}}, "'metadata' is no list"),
    "series as a map": (RUNS, "ai-runs", {**answer(), "series": {}}, "'series' is no list"),
    "key without metadata": (RUNS, "ai-runs", {**answer(), "metadata": []}, "describes only 0 series"),
    "time as text": (RUNS, "ai-runs", {**answer(), "series": [{"time": "2026-11-08", "0": 1}]}, "no number"),
    "a page, by cursor": (RUNS, "ai-runs", answer(nextCursor="abc"), "one page of several"),
    "a page, by page": (RUNS, "ai-runs", answer(page={"limit": 1, "nextCursor": "abc"}), "one page of several"),
    "a page, by link": (RUNS, "ai-runs", answer(_links={"next": {"href": "/x"}}), "one page of several"),
    "cut off": (RUNS, "ai-runs", answer(truncated=True), "one page of several"),
    "list as an object": (DETAILS, "sdk-versions", {"items": [{"name": "Go"}]}, "no list"),
    "list of texts": (DETAILS, "sdk-versions", ["Go"], "no object"),
    "items renamed": (RANKING, "data-export-events", {"projects": [RANKED], "page": {}}, "no 'items'"),
    "rank as text": (RANKING, "data-export-events", page({**RANKED, "rank": "1"}), "whole number"),
    "usage in fractions": (RANKING, "data-export-events", page({**RANKED, "usage": 9.5}), "whole number"),
    "usage renamed": (
        RANKING, "data-export-events", page({**{k: v for k, v in RANKED.items() if k != "usage"}, "count": 9}),
        "No item of the list has 'usage'",
    ),
    "project renamed": (
        RANKING, "data-export-events", page({"project": "a", "rank": 1, "usage": 9}),
        "No item of the list has 'projectKey'",
    ),
    "SDKs as objects": ({"metric": "mau_sdks", "table": "t"}, "mau/sdks", {"sdks": [{"name": "Go"}]}, "be a string"),
    "SDKs renamed": ({"metric": "mau_sdks", "table": "t"}, "mau/sdks", {"names": ["Go"]}, "no 'sdks'"),
    "a page of SDKs": (
        {"metric": "mau_sdks", "table": "t"}, "mau/sdks", {"sdks": ["Go"], "_links": {"next": {"href": "/x"}}},
        "one page of several",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_SAFE)
def test_what_is_not_safe_stops_before_anything_is_written(loader: Loader, name: str) -> None:
    load, path, moved, why = NOT_SAFE[name]
    last = "2026-11-11"
    with pytest.raises(AnswerError, match=why):
        loader.answers(moved, path)
        loader(last, last, **load)
    assert loader.everything() == {}, "no table is made for an answer that is refused"
    loader.simulator.clear_faults()
    loader(last, last, **load)
    before = {name: (content, (loader.lake / name).stat().st_mtime_ns) for name, content in loader.everything().items()}
    assert len(before) == 2
    loader.answers(moved, path)
    with pytest.raises(AnswerError, match=why):
        loader(last, last, **load)
    after = {name: (content, (loader.lake / name).stat().st_mtime_ns) for name, content in loader.everything().items()}
    assert after == before


def test_one_answer_refused_leaves_the_days_of_all_others_unwritten(loader: Loader) -> None:
    loader.answers(page(RANKED), "data-export-events", times=3)
    loader.answers(page({**RANKED, "usage": "9"}), "data-export-events")
    with pytest.raises(AnswerError):
        loader(**RANKING)
    assert loader.everything() == {}


# --- nothing secret


@pytest.mark.parametrize("metric", ["projects", "environments"])
def test_no_credential_reaches_a_file(loader: Loader, metric: str) -> None:
    """Environments hold SDK keys. Every file of the lake is looked at, unpacked too, and with all its metadata."""
    loader("2026-11-11", metric=metric, table="t")
    written = b"".join(loader.everything().values())
    for path in (loader.lake / "t").rglob("*.parquet"):
        table = pq.read_table(path)
        assert len(table)
        written += repr((table.to_pylist(), table.schema.metadata, pq.read_metadata(path).metadata)).encode()
    for secret in (b"SECRET", b"sdk-", b"mob-", b"apiKey", b"mobileKey"):
        assert secret not in written
