"""The parts of accounts."""

from __future__ import annotations

from airflow_provider_ldusage.testing.account.builder import Builder, small_flags


def test_ids_are_derived_from_the_accounts() -> None:
    one, again, other = (
        Builder(account, 0, 0).project("shop", "Shop", ("production",), ("legacy",)) for account in ("a", "a", "b")
    )
    assert (one.id, [each.id for each in one.environments]) == (again.id, [each.id for each in again.environments])
    assert one.id != other.id
    assert [(each.key, each.name, each.deleted) for each in one.environments] == [
        ("production", "Production", False), ("legacy", "Legacy", True),
    ]  # fmt: skip


def test_extra_projects_and_flags_come_last() -> None:
    build = Builder("a", 2, 3)
    assert [(each.key, each.idle) for each in build.spare_projects()] == [("spare-0000", True), ("spare-0001", True)]
    flags = build.project("shop", "Shop", (), flags=small_flags("shop")).flags
    assert [each.key for each in flags[-4:]] == ["old-banner", "release-0000", "release-0001", "release-0002"]
