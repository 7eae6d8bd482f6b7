"""How errors end a task: one plain message in its log, and permanent ones without Airflow's retries."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.compat import AirflowFailException
from airflow_provider_ldusage.operators import errors
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


def test_a_temporary_error_is_left_to_airflows_retries() -> None:
    error = exceptions.RateLimitedError("a", "b", status=429, waited=3.5)
    again = raised(error)
    assert type(again) is exceptions.RateLimitedError and vars(again) == vars(error)
    assert again.__context__ is error


def test_an_error_of_another_kind_is_raised_as_it_is() -> None:
    error = ValueError("x")
    assert raised(error) is error


@pytest.mark.parametrize(
    ("kind", "level"), [(exceptions.NotFoundError, "DEBUG"), (exceptions.ServerTroubleError, "INFO")]
)
def test_airflow_shows_one_short_traceback_and_the_log_the_whole_before(
    kind: type[Exception], level: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error = kind("a", "b")
    error.__cause__ = OSError("of the network")
    shown = "".join(traceback.format_exception(raised(error)))
    assert shown.count("Traceback") == 1 and shown.count(f"{kind.__name__}: a b") == 1
    whole, message = caplog.records
    assert (whole.levelname, message.levelname) == (level, "ERROR")
    assert whole.exc_info and whole.exc_info[1] is error and "of the network" in caplog.text


def test_airflows_traceback_names_no_file_but_the_tasks_and_ours() -> None:
    frames = traceback.extract_tb(raised(exceptions.NotFoundError("a", "b")).__traceback__)
    assert {frame.filename for frame in frames} == {__file__, errors.__file__}


def test_the_log_has_one_message_with_lines_for_each_part(caplog: pytest.LogCaptureFixture) -> None:
    request = f"GET https://{'x' * 300}"
    raised(exceptions.ServerTroubleError("No answer.", "Let Airflow retry. " * 10, about=request))
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
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
