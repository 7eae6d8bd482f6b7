"""What people are told."""

from __future__ import annotations

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.insight.views.stored_view import VIEWS
from airflow_provider_ldusage.ui import problems


def test_the_documented_codes_are_those_that_there_are() -> None:
    made = [
        problems.no_lake(), problems.unknown_lake("x"), problems.no_report("s3://lake", "bill"),
        problems.unreadable(StoreError("x")), problems.newer_version("x"), problems.unexpected(ValueError("secret")),
    ]  # fmt: skip
    for each in made:
        assert f"``{each.code}``".ljust(19) + str(int(each.status)) in (problems.__doc__ or "")
        assert "status" not in each.to_json() and all(each.to_json().values())
        assert "secret" not in str(each.to_json())


def test_every_view_says_which_task_writes_it() -> None:
    for view in VIEWS:
        assert "LaunchDarklyUsageReportOperator" in problems.no_report("s3://lake", view).action


def test_a_folder_may_be_one_that_the_api_server_does_not_have() -> None:
    assert "workers' disk" in problems.no_report("file:///lake", "bill").action
    assert "workers' disk" not in problems.no_report("s3://lake", "bill").action


def test_an_unreadable_lake_says_what_the_store_said() -> None:
    told = problems.unreadable(StoreError("It is down.", "Wait.", about="s3://lake")).to_json()
    assert (told["detail"], told["action"]) == ("It is down. (s3://lake)", "Wait.")
