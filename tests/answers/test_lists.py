"""Answers that are lists: every item a row, every known field a column, nothing lost and nothing secret kept."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from airflow_provider_ldusage.answers.lists import items_of, list_rows
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.metrics import METRICS, Answer
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.rows.day import Rows

PATHS = {"stream_sdk_versions": {"source": "server"}}
RANKED = {"projectKey": "a", "projectName": "A", "rank": 1, "usage": 9, "components": {"streaming": 9}}
DETAILS = {"name": "Node.js", "version": "9.7.0", "type": "server", "eolStatus": "EolAllClear"}
ENVIRONMENT = {
    "_id": "e1", "key": "production", "name": "Production", "project": {"id": "p1", "key": "default"},
    "apiKey": "sdk-SECRET", "mobileKey": "mob-SECRET", "defaultTtl": 0, "_links": {"self": {}},
}  # fmt: skip
LISTS = [name for name, metric in METRICS.items() if not metric.is_series]


def rows_of(metric: str, items: list[Any], **filters: Any) -> Rows:
    query = UsageQuery.build(metric, filters=filters, **PATHS.get(metric, {}))
    return list_rows(items, query, query.schema)


def table(metric: str, items: list[Any], **filters: Any) -> list[dict[str, Any]]:
    return rows_of(metric, items, **filters).table().to_pylist()


# --- where the items are


def test_items_are_found_where_each_endpoint_has_them() -> None:
    assert items_of({"_links": {}, "sdks": ["Go"]}, Answer.SDK_LIST) == ["Go"]
    assert items_of({"sdkVersions": [{"sdk": "Go"}]}, Answer.SDK_VERSION_LIST) == [{"sdk": "Go"}]
    assert items_of([DETAILS], Answer.SDK_VERSION_DETAILS) == [DETAILS]
    assert items_of([RANKED], Answer.RANKING) == [RANKED]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"sdks": None}, Answer.SDK_LIST),
        ({"sdkVersions": []}, Answer.SDK_VERSION_LIST),
        ([], Answer.SDK_VERSION_DETAILS),
        (None, Answer.SDK_VERSION_DETAILS),
    ],
)
def test_a_list_of_nothing_is_no_items(answer: Any, kind: Answer) -> None:
    assert items_of(answer, kind) == []


@pytest.mark.parametrize(
    ("answer", "kind", "why"),
    [
        ({}, Answer.SDK_LIST, "has no 'sdks'"),
        (["Go"], Answer.SDK_LIST, "has no 'sdks'"),
        (None, Answer.SDK_LIST, "has no 'sdks'"),
        ("sdks", Answer.SDK_LIST, "has no 'sdks'"),
        ({"sdks": {"Go": 1}}, Answer.SDK_LIST, "no list"),
        ({"sdks": ["Go"]}, Answer.SDK_VERSION_LIST, "has no 'sdkVersions'"),
        ({"items": []}, Answer.SDK_VERSION_DETAILS, "no list of SdkVersionDetailsRep"),
        ({"code": "x", "message": "y"}, Answer.SDK_VERSION_DETAILS, "no list"),
        ("text", Answer.RANKING, "no list"),
        (0, Answer.RANKING, "no list"),
    ],
)
def test_an_answer_of_another_shape_is_refused(answer: Any, kind: Answer, why: str) -> None:
    with pytest.raises(AnswerError, match=why):
        items_of(answer, kind)


# --- items as rows


def test_sdks_are_one_column() -> None:
    assert table("mau_sdks", ["Node.js", "Android"]) == [
        {"sdk": "Android", "extra": None},
        {"sdk": "Node.js", "extra": None},
    ]
    assert table("mau_sdks", ["Go"], sdktype="server") == [{"sdk": "Go", "filter_sdktype": "server", "extra": None}]


def test_sdk_versions_carry_their_source_and_unknown_stays_unknown() -> None:
    items = [{"sdk": "Unknown", "version": "Unknown"}, {"sdk": "C", "version": "2.4.6", "build": 7}, {"sdk": "C"}]
    assert table("stream_sdk_versions", items) == [
        {"sdk": "C", "version": None, "source": "server", "extra": None},
        {"sdk": "C", "version": "2.4.6", "source": "server", "extra": '{"build":7}'},
        {"sdk": "Unknown", "version": "Unknown", "source": "server", "extra": None},
    ]


def test_details_have_a_column_for_each_field_and_null_where_it_is_absent() -> None:
    (row,) = table("sdk_versions_details", [DETAILS])
    assert row["eol_status"] == "EolAllClear"
    assert row["relay_version"] is None
    assert list(row) == [field.name for field in METRICS["sdk_versions_details"].fields] + ["extra"]


def test_fields_the_catalogue_does_not_know_are_kept_in_extra() -> None:
    item = {**DETAILS, "region": "eu", "b": {"y": 1, "x": [None]}, "none": None, "empty": {}, "_links": {"self": 1}}
    (row,) = table("sdk_versions_all", [item])
    assert row["extra"] == '{"b":{"x":[null],"y":1},"region":"eu"}'


def test_the_ranking_has_numbers_and_unknown_components_in_extra() -> None:
    item = {**RANKED, "components": {"streaming": 9, "warehouse": 3}}
    (row,) = table("data_export_project_ranking", [item], projectKey="a")
    assert row == {
        "project_key": "a", "project_name": "A", "rank": 1, "usage": 9, "components_streaming": 9,
        "filter_project_key": "a", "extra": '{"components":{"warehouse":3}}',
    }  # fmt: skip


@pytest.mark.parametrize("components", [None, {}, {"streaming": None}])
def test_a_ranking_without_components_has_none(components: Any) -> None:
    (row,) = table("data_export_project_ranking", [{**RANKED, "components": components}])
    assert (row["components_streaming"], row["extra"]) == (None, None)


@pytest.mark.parametrize("metric", ["projects", "environments"])
def test_of_projects_and_environments_only_the_names_are_kept(metric: str) -> None:
    rows = rows_of(metric, [ENVIRONMENT])
    assert "SECRET" not in str(rows.table().to_pylist())
    assert "SECRET" not in str(rows.labels.rows)
    (row,) = rows.table().to_pylist()
    names = {"id": "e1", "key": "production", "name": "Production", "extra": None}
    assert row == (names if metric == "projects" else {"project_id": "p1", "project_key": "default", **names})


def test_items_that_are_the_same_in_all_words_are_one_row() -> None:
    assert len(table("sdk_versions_details", [DETAILS, dict(reversed(DETAILS.items())), DETAILS])) == 1
    assert len(table("mau_sdks", ["Go", "Go"])) == 1
    assert len(table("data_export_project_ranking", [RANKED, RANKED])) == 1


@pytest.mark.parametrize(
    "again",
    [{"usage": 10}, {"rank": 2}, {"projectName": "B"}, {"components": {"streaming": 8}}, {"region": "eu"}],
)
def test_a_ranking_that_names_a_project_twice_is_refused(again: dict[str, Any]) -> None:
    with pytest.raises(AnswerError, match="twice"):
        table("data_export_project_ranking", [RANKED, {**RANKED, **again}])


@pytest.mark.parametrize("metric", LISTS)
@pytest.mark.parametrize("item", [7, True, [], [DETAILS], 1.5])
def test_an_item_that_is_no_object_is_refused(metric: str, item: Any) -> None:
    with pytest.raises(AnswerError):
        table(metric, [item])


@pytest.mark.parametrize("value", ["9", -1, 1.5, True, 2**63, [1], {}])
@pytest.mark.parametrize("field", ["rank", "usage", "streaming"])
def test_figures_are_whole_numbers_that_are_not_negative(field: str, value: Any) -> None:
    item = {**RANKED, "components": {"streaming": value}} if field == "streaming" else {**RANKED, field: value}
    with pytest.raises(AnswerError, match="whole number"):
        table("data_export_project_ranking", [item])


@pytest.mark.parametrize(("metric", "field"), [("projects", "_id"), ("environments", "key"), ("mau_sdks", "sdk")])
def test_what_identifies_a_thing_is_text(metric: str, field: str) -> None:
    item: Any = 7 if metric == "mau_sdks" else {**ENVIRONMENT, field: 7}
    with pytest.raises(AnswerError, match="must be a string"):
        table(metric, [item])


def test_a_project_that_is_no_object_is_refused() -> None:
    with pytest.raises(AnswerError, match="'project' is no object"):
        table("environments", [{**ENVIRONMENT, "project": "default"}])


@pytest.mark.parametrize("depth", [100, 300, 500, 900])
def test_an_item_however_deep_is_kept_or_refused_but_never_crashes(depth: int) -> None:
    deep: Any = 1
    for _ in range(depth):
        deep = {"a": deep}
    try:
        (row,) = table("sdk_versions_all", [{**DETAILS, "deep": deep}])
    except AnswerError as error:
        assert "nested" in str(error)
        return
    assert row["extra"].count('"a"') == depth


# --- order and hash


def test_rows_and_hash_do_not_depend_on_the_order_of_the_list() -> None:
    items = [{**RANKED, "projectKey": key, "usage": n} for n, key in enumerate(("c", "a", "b"))]
    every = [rows_of("data_export_project_ranking", list(order)) for order in itertools.permutations(items)]
    assert len({rows.content_hash for rows in every}) == 1
    assert [row["project_key"] for row in every[0].table().to_pylist()] == ["a", "b", "c"]


def test_null_text_empty_text_and_zero_are_three_things_to_the_hash() -> None:
    versions = [{"sdk": "Go", "version": version} for version in (None, "", "0")]
    assert len({rows_of("stream_sdk_versions", [item]).content_hash for item in versions}) == 3
    usages = [{**RANKED, "usage": usage} for usage in (None, 0, 1)]
    assert len({rows_of("data_export_project_ranking", [item]).content_hash for item in usages}) == 3


@pytest.mark.parametrize("metric", LISTS)
def test_an_empty_list_is_a_table_without_rows(metric: str) -> None:
    rows = rows_of(metric, [])
    assert len(rows) == 0
    assert rows.table().num_rows == 0
    assert rows.table().column_names == [column.name for column in rows.schema]
    assert rows.content_hash == rows_of(metric, []).content_hash
