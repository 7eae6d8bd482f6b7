"""Projects, environments and flags: which pages are requested, and with which API version."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.api.resources import list_environments, list_flags, list_projects
from airflow_provider_ldusage.exceptions import AnswerError, NotFoundError


def test_lists_are_requested_in_pages_of_the_stable_api(server: Any, client: Any) -> None:
    server.answers({"items": [{"key": "a"}]})
    assert list(list_projects(client)) == [{"key": "a"}]
    assert list(list_environments(client, "a/b")) == [{"key": "a"}]
    assert [asked.target for asked in server.asked] == [
        "/api/v2/projects?limit=100",
        "/api/v2/projects/a%2Fb/environments?limit=100",
    ]
    assert {asked.headers["LD-API-Version"] for asked in server.asked} == {"20240415"}


def test_archived_flags_follow_the_live_ones(server: Any, client: Any) -> None:
    server.answers({"items": [{"key": "live"}]})
    server.answers({"items": [{"key": "archived"}]})
    assert list(list_flags(client, "default")) == ["live", "archived"]
    assert [asked.target for asked in server.asked] == [
        "/api/v2/flags/default?limit=100",
        "/api/v2/flags/default?filter=state%3Aarchived&limit=100",
    ]


def test_a_project_that_is_not_found_is_named(server: Any, client: Any) -> None:
    server.answers({"code": "not_found", "message": "unknown project"}, status=404)
    with pytest.raises(NotFoundError, match=r"Check project 'My project': keys, not names\.") as caught:
        list(list_flags(client, "My project"))
    assert caught.value.status == 404 and caught.value.__suppress_context__


def test_a_flag_without_a_key_is_refused(server: Any, client: Any) -> None:
    server.answers({"items": [{"name": "x"}]})
    with pytest.raises(AnswerError, match=r"A flag has no key.*project 'default'"):
        list(list_flags(client, "default"))
