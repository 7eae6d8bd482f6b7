"""The SDKs in use."""

from __future__ import annotations

from airflow_provider_ldusage.testing.account.sample import build_account
from airflow_provider_ldusage.testing.account.sdks import APPLICATIONS, SDKS


def test_every_project_with_usage_has_applications() -> None:
    assert set(APPLICATIONS) == {one.key for one in build_account("one", extra_projects=3).projects if not one.idle}


def test_sdks_are_known_by_name_and_have_a_side() -> None:
    assert all(SDKS[name].name == name for name in SDKS)
    assert {name for name, sdk in SDKS.items() if sdk.side == "client"} == {"JavaScript", "React Web", "iOS", "Android"}


def test_some_applications_are_unknown_or_not_named() -> None:
    names = {one.name for several in APPLICATIONS.values() for one in several}
    assert {None, "Unknown", "unknown"} < names
