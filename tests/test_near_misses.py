"""What was meant by a value that is not allowed, and that nothing is guessed where nothing is near."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.near_misses import connection_meant, did_you_mean, nearest, not_allowed

GROUPS = ("projectId", "environmentId", "sdkName", "sdkAppId", "anonymousV2")
CHECKS = ("gaps", "falling", "groups")


@pytest.mark.parametrize(
    ("said", "words", "meant"),
    [
        ("total_maus", METRICS, "total_mau"),
        ("ClientsideMAU", METRICS, "clientside_mau"),
        ("service-connections", METRICS, "service_connections"),
        ("service_conections", METRICS, "service_connections"),
        ("project_id", GROUPS, "projectId"),
        ("projectKey", GROUPS, "projectId"),
        ("kep", ("keep", "write", "fail"), "keep"),
        ("gap", CHECKS, "gaps"),
        ("warning", ("off", "warn", "fail"), "warn"),
        ("europe", ("commercial", "eu", "federal"), "eu"),
        ("cleint", ("client", "server"), "client"),
        ("month-to-date", ("month_to_date", "incremental", "rolling_30d"), "month_to_date"),
        ("xyz", METRICS, None),
        ("", METRICS, None),
        ("e", ("eu",), None),
        (None, METRICS, None),
        (7, METRICS, None),
        (["total_mau"], METRICS, None),
    ],
)
def test_the_nearest_word_is_found(said: object, words: tuple[str, ...], meant: str | None) -> None:
    assert nearest(said, words) == meant


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_with_a_slip_of_the_pen_is_still_known(name: str) -> None:
    for said in (f"{name}s", name.replace("_", ""), name.upper(), name[:2] + name[3:]):
        assert nearest(said, METRICS) == name or said in METRICS


def test_the_error_names_what_was_meant_then_all_words() -> None:
    error = not_allowed("on_empty", "kep", ("keep", "write", "fail"), " for this load")
    assert str(error) == (
        "on_empty='kep' is not allowed for this load. Did you mean 'keep'? Allowed: keep, write, fail."
    )
    assert str(not_allowed("x", "y" * 500, ())).endswith("yyy' is not allowed. Allowed: none.")
    assert len(str(not_allowed("x", "y" * 500, ()))) < 200


def test_nothing_is_said_where_nothing_is_near() -> None:
    assert did_you_mean("xyz", ("keep", "write")) == ""


def test_a_connection_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_EU", "{}")
    assert connection_meant("launchdarkly_ue") == "Did you mean 'launchdarkly_eu'? "
    assert connection_meant("snowflake") == ""
