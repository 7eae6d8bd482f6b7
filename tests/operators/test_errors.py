"""How errors end a task: one plain message in its log, and permanent ones without Airflow's retries."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.operators.errors import LINE, for_log, no_retries_for_permanent_errors

pytestmark = pytest.mark.airflow

PERMANENT = [
    found
    for found in vars(exceptions).values()
    if isinstance(found, type) and issubclass(found, exceptions.LaunchDarklyUsageError) and found.permanent
]


def raised(error: Exception) -> BaseException:
    with pytest.raises(type(error)) as caught, no_retries_for_permanent_errors():
        raise error
    return caught.value


@pytest.mark.parametrize("kind", PERMANENT)
def test_a_permanent_error_fails_the_task_for_good_as_what_it_is(kind: type[exceptions.LaunchDarklyUsageError]) -> None:
    error = kind("What is wrong.", "What to do.", about="GET https://x")
    failure: Any = raised(error)
    assert isinstance(failure, AirflowFailException) and isinstance(failure, kind)
    assert type(failure).__name__ == kind.__name__
    assert str(failure) == str(error) == "What is wrong. What to do. (GET https://x)"
    assert vars(failure) == vars(error)


def test_status_and_code_are_kept() -> None:
    failure: Any = raised(exceptions.NotFoundError("a", "b", status=404, code="not_found"))
    assert (failure.status, failure.code) == (404, "not_found")


@pytest.mark.parametrize("error", [exceptions.ServerTroubleError("503"), ValueError("x")])
def test_any_other_error_is_raised_as_it_is(error: Exception) -> None:
    assert raised(error) is error


def test_a_permanent_error_has_one_short_traceback(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = "".join(traceback.format_exception(raised(exceptions.NotFoundError("a", "b"))))
    assert shown.count("Traceback") == 1 and shown.count("NotFoundError: a b") == 1
    (debug,) = [record for record in caplog.records if record.levelname == "DEBUG"]
    assert debug.exc_info and str(debug.exc_info[1]) == "a b"


def test_the_log_has_one_message_with_lines_for_each_part(caplog: pytest.LogCaptureFixture) -> None:
    request = f"GET https://{'x' * 300}"
    raised(exceptions.ServerTroubleError("No answer.", "Let Airflow retry. " * 10, about=request))
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    first, *advice, last = record.getMessage().split("\n")
    assert (first, last) == ("No answer.", request)
    assert " ".join(advice) == ("Let Airflow retry. " * 10).strip()
    assert all(len(line) <= LINE for line in advice)


def test_lines_are_broken_at_blanks_only() -> None:
    error = exceptions.LakeError("word " * 50, "s3://lake/" + "a-b/" * 60)
    lines = for_log(error).split("\n")
    assert [len(line) <= LINE for line in lines] == [True] * (len(lines) - 1) + [False]
    assert lines[-1] == error.remedy


def test_nothing_is_logged_where_nothing_fails(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with no_retries_for_permanent_errors():
        pass
    assert caplog.records == []
