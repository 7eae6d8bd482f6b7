"""Errors of stores: recognised whatever the library, and reported in one line without credentials."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.store_errors import (
    MAX_INSPECTED,
    cause_of,
    in_a_line,
    is_forbidden,
    may_pass,
    store_error,
)


def error_with(**fields: Any) -> Exception:
    error = Exception("no")
    for name, value in fields.items():
        setattr(error, name, value)
    return error


@pytest.mark.parametrize(
    ("error", "forbidden"),
    [
        (PermissionError(13, "Forbidden"), True), (OSError("Forbidden: https://storage"), True),
        (error_with(status_code=401), True), (error_with(code="403"), True), (error_with(code=403), True),
        (error_with(status_code=404), False), (OSError("a Forbidden: word"), False),
        (ValueError("Forbidden: x"), False),
    ],
)  # fmt: skip
def test_a_refusal_of_credentials_is_recognised_whatever_the_library(error: Exception, forbidden: bool) -> None:
    assert is_forbidden(error) is forbidden


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        ("An error occurred (ExpiredToken) when calling the GetObject operation", True),
        ("An error occurred (RequestTimeTooSkewed) when calling the PutObject operation", True),
        ("Forbidden: https://storage rateLimitExceeded", True),
        ("An error occurred (AccessDenied) when calling the GetObject operation", False),
        ("An error occurred (InvalidAccessKeyId) when calling the GetObject operation", False),
        ("An error occurred (SignatureDoesNotMatch) when calling the GetObject operation", False),
        ("ErrorCode:AuthenticationFailed", False), ("Forbidden: https://storage", False),
    ],
)  # fmt: skip
def test_a_refusal_that_may_be_over_by_itself_is_told_from_others(said: str, passes: bool) -> None:
    assert may_pass(OSError(said)) is passes
    error = PermissionError("Forbidden")
    error.__cause__ = ValueError(said)  # s3fs keeps the code in the cause
    assert may_pass(error) is passes


def test_an_error_is_one_line_with_its_type_place_and_remedy() -> None:
    error = store_error("read", "s3://lake/x", OSError("no\n  such thing"), "Try again.")
    assert str(error) == "Cannot read the destination: OSError: no such thing. Try again. (s3://lake/x)"
    usual = store_error("write to", "s3://lake/x", OSError("no."))
    assert str(usual) == f"Cannot write to the destination: OSError: no. {StoreError.usual_remedy} (s3://lake/x)"


def test_a_library_s_many_words_stand_last() -> None:
    error = store_error("read", "s3://lake/x", OSError("no " * 100), "Try again.")
    assert str(error).index("Try again.") < 200
    assert str(error).endswith(f"(s3://lake/x: OSError: {('no ' * 100).strip()})")


def test_a_long_text_is_cut() -> None:
    assert in_a_line("x" * 600) == "x" * 497 + "..."
    assert in_a_line("x" * 600, 600) == "x" * 600


def test_a_cause_is_shown_unless_it_may_hold_a_secret() -> None:
    plain = OSError("plain")
    assert cause_of(plain) is plain
    plain.__cause__ = ValueError("password=hush")
    assert cause_of(plain) is None
    assert cause_of(OSError("x" * (MAX_INSPECTED + 1))) is None
    hidden = OSError("plain")
    hidden.__context__, hidden.__suppress_context__ = ValueError("password=hush"), True
    assert cause_of(hidden) is hidden, "a traceback does not show a suppressed context"
