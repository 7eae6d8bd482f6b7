"""The bodies of errors."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.testing.api.refusal import DOCUMENTED, BetaRequired, Refusal


@pytest.mark.parametrize("status", DOCUMENTED)
def test_a_refusal_has_the_documented_body(status: int) -> None:
    assert Refusal(status).body == {"code": DOCUMENTED[status].code, "message": DOCUMENTED[status].message}
    assert Refusal(status, "other words").body == {"code": DOCUMENTED[status].code, "message": "other words"}


def test_undocumented_statuses_have_a_code() -> None:
    assert Refusal(405, "no").body["code"] == "method_not_allowed"
    assert Refusal(413, "no").body["code"] == "too_large"


def test_the_missing_beta_header_is_refused_without_a_code() -> None:
    assert set(BetaRequired().body) == {"message"}
    assert BetaRequired().status == 403
