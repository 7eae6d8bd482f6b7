"""``ldusage metrics``: the catalogue, as it is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from airflow_provider_ldusage.cli import output
from airflow_provider_ldusage.cli.metrics import HISTORIES, OPERATORS
from airflow_provider_ldusage.metrics import METRICS, History


def test_each_metric_is_listed_by_a_sentence_and_by_a_row_of_120(ldusage: Any) -> None:
    shown = ldusage("metrics")
    assert shown.code == 0
    sentences, table = (part.splitlines() for part in shown.out.split("\n\n"))
    assert [line.split(None, 1) for line in sentences] == [[each.name, each.summary] for each in METRICS.values()]
    rows = {line.split()[0]: re.split(r" {2,}", line) for line in table[1:]}
    assert list(rows) == list(METRICS)
    assert max(map(len, table)) <= 120
    assert rows["mau"][-1] == "deprecated"
    assert rows["service_connections"] == [
        "service_connections", "service_connections", "minutes", "series", "incremental", "time, groups", "beta",
    ]  # fmt: skip


def test_a_terminal_cuts_no_sentence(ldusage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_terminal", lambda: 80)
    assert all(metric.summary in ldusage("metrics").out for metric in METRICS.values())


def test_programs_get_all_of_each_metric(ldusage: Any) -> None:
    found = ldusage("metrics", "--json").data["metrics"]
    assert [each["metric"] for each in found] == list(METRICS)
    for each in found:
        metric = METRICS[each["metric"]]
        assert each["summary"] == metric.summary
        assert each["group_by"] == list(metric.groupings)
        assert each["aggregation_types"] == {name: list(grains) for name, grains in metric.aggregations.items()}
        assert each["documentation"].startswith("https://")
        assert ldusage("metrics", metric.name, "--json").data == each


@pytest.mark.parametrize("name", METRICS)
def test_one_metric_is_shown_whole(ldusage: Any, name: str) -> None:
    metric, shown = METRICS[name], ldusage("metrics", name)
    words = shown.out.replace(",", " ").replace(":", " ").split()
    for expected in [*metric.groupings, *metric.aggregations, *(each.name for each in metric.filters)]:
        assert expected in words
    for argument in metric.path_arguments:
        assert {argument.name, *argument.allowed} <= set(words)
    assert metric.summary in shown.out
    assert metric.documentation in shown.out
    assert OPERATORS[metric.family] in shown.out


def test_an_unknown_metric_is_wrong_usage(ldusage: Any) -> None:
    ended = ldusage("metrics", "maus")
    assert (ended.code, ended.err) == (
        2,
        "ldusage: There is no metric 'maus'. Did you mean 'mau'? List them with ldusage metrics.\n",
    )


def test_each_kind_of_history_has_a_name() -> None:
    assert HISTORIES.keys() == {each.name for each in History}
