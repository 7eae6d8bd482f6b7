"""The links of a task: which pages they lead to, and how Airflow gets them."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage import compat, links
from airflow_provider_ldusage.api.config import INSTANCES
from airflow_provider_ldusage.get_provider_info import get_provider_info

pytestmark = pytest.mark.airflow

ALL = (links.UsagePageLink, links.DocumentationLink, links.TablePageLink, links.ReportPageLink)


class Task(links.ShowsPages):
    """An operator, as far as its links are concerned."""


@pytest.mark.parametrize(
    ("base_url", "page"),
    [
        (INSTANCES["commercial"], "https://app.launchdarkly.com/settings"),
        (INSTANCES["eu"], "https://app.eu.launchdarkly.com/settings"),
        (INSTANCES["federal"], ""),  # which has no usage page
        ("http://127.0.0.1:8080", ""),
        ("https://proxy.example/launchdarkly", ""),
        ("https://launchdarkly.com.example.org", ""),
    ],
)
def test_the_usage_page_is_that_of_the_instance(base_url: str, page: str) -> None:
    assert links.usage_page(base_url) == page


def test_a_link_leads_to_the_page_that_the_task_has_told() -> None:
    task = Task()
    assert [link().get_link(task, ti_key=None) for link in ALL] == [""] * 4
    task.show_pages({}, usage="https://a", documentation="")
    task.show_pages({}, table="https://c")
    assert [link().get_link(task, ti_key=None) for link in ALL] == ["https://a", "", "https://c", ""]
    assert [link().get_link(Task(), ti_key=None) for link in ALL] == [""] * 4, "each task has its own"


@pytest.mark.parametrize(
    ("pushed", "found"),
    [({links.USAGE: "https://a", links.TABLE: "https://c"}, ["https://a", "", "https://c", ""]), (None, [""] * 4)],
)
def test_where_there_is_no_task_the_xcom_tells(pushed: Any, found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def get_value(*, key: str, ti_key: object) -> Any:
        asked.append((key, ti_key))
        return pushed

    monkeypatch.setattr(compat, "XCom", SimpleNamespace(get_value=get_value), raising=False)
    serialized, key = SimpleNamespace(), object()
    assert [link().get_link(serialized, ti_key=key) for link in ALL] == found
    assert asked == [(links.PAGES, key)] * 4


def test_an_xcom_is_pushed_only_where_airflow_asks_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    pushed: list[dict[str, Any]] = []
    context: Any = {"ti": SimpleNamespace(xcom_push=lambda **found: pushed.append(found))}
    monkeypatch.setattr(links, "BaseOperatorLink", SimpleNamespace(xcom_key="_link"))  # Airflow 3
    Task().show_pages(context, usage="https://a")
    assert pushed == []
    monkeypatch.setattr(links, "BaseOperatorLink", SimpleNamespace())  # Airflow 2
    task = Task()
    task.show_pages(context, usage="https://a")
    task.show_pages(context, table="https://c")
    assert pushed[-1] == {"key": links.PAGES, "value": {"usage": "https://a", "table": "https://c"}}


def test_the_usage_page_is_relative_and_only_where_airflow_shows_pages() -> None:
    has_pages = hasattr(compat.AirflowPlugin, "external_views")
    assert links.report_page() == ("plugin/ldusage" if has_pages else "")


def test_airflow_is_told_of_every_kind_of_link() -> None:
    found = []
    for path in get_provider_info()["extra-links"]:
        module, _, name = path.rpartition(".")
        found.append(getattr(importlib.import_module(module), name))
    assert tuple(found) == ALL
    assert len({link().name for link in ALL}) == len({link.page for link in ALL}) == 4
