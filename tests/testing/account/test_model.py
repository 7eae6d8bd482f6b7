"""What lists show of an account, and its ids."""

from __future__ import annotations

import re

from airflow_provider_ldusage.testing.account.model import fixed_id
from airflow_provider_ldusage.testing.account.sample import build_account


def test_current_projects_are_sorted_and_not_deleted() -> None:
    account = build_account("one", extra_projects=2)
    keys = [project.key for project in account.current_projects]
    assert keys == ["data-platform", "default", "mobile-app", "spare-0000", "spare-0001"]
    assert account.project("default") is not None
    assert account.project("retired") is None


def test_a_deleted_environment_has_no_key() -> None:
    project = build_account("one").project("mobile-app")
    assert project is not None
    assert [one.key for one in project.current_environments] == ["production", "test"]
    assert {one.key for one in project.environments} == {"production", "test", "legacy"}
    assert project.environment("legacy") is None
    assert project.flag("old-banner") is not None and project.flag("nothing") is None


def test_ids_are_those_of_launchdarkly_in_form_and_stay_the_same() -> None:
    assert re.fullmatch(r"[0-9a-f]{24}", fixed_id("one", "project", "default"))
    assert fixed_id("one", "project", "default") == fixed_id("one", "project", "default")
    assert len({fixed_id("one", "a"), fixed_id("one", "b"), fixed_id("two", "a")}) == 3
