"""The account that the simulator serves.

It is made up, but has what makes real accounts hard to load: a deleted environment and a deleted project that still
have usage, applications named "Unknown" or not named at all, and destinations that the token cannot view.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from airflow_provider_ldusage.testing.account.model import Account, Destination, Environment, Flag, Project, fixed_id

_BOOLEAN = (True, False)


@dataclass(frozen=True)
class _Builder:
    """Makes the parts of one account, with ids derived from the account's own."""

    account_id: str
    extra_flags: int

    def project(
        self,
        key: str,
        name: str,
        environments: tuple[str, ...],
        gone: tuple[str, ...] = (),
        *,
        deleted: bool = False,
        idle: bool = False,
        basic: bool = False,
    ) -> Project:
        return Project(
            id=fixed_id(self.account_id, "project", key),
            key=key,
            name=name,
            tags=("simulated", key[:3]),
            environments=tuple(
                Environment(fixed_id(self.account_id, "environment", key, one), one, one.capitalize(), one in gone)
                for one in (*environments, *gone)
            ),
            flags=_flags(key, self.extra_flags),
            deleted=deleted,
            idle=idle,
            basic=basic,
        )

    def destination(self, kind: str, name: str, *, current: bool = True, viewable: bool = True) -> Destination:
        return Destination(fixed_id(self.account_id, "destination", kind, name), kind, name, current, viewable)


@lru_cache(maxsize=32)
def build_account(account_id: str, extra_projects: int = 0, extra_flags: int = 0) -> Account:
    """The account with this id: the same arguments give the same ids and names.

    :param account_id: what all ids and figures are derived from
    :param extra_projects: further projects, without usage
    :param extra_flags: further boolean flags in each project
    :returns: the account
    """
    build = _Builder(account_id, extra_flags)
    return Account(
        id=account_id,
        projects=(
            build.project("default", "Default", ("production", "staging", "test")),
            build.project("mobile-app", "Mobile app", ("production", "test"), ("legacy",)),
            build.project("data-platform", "Data platform", ("production", "staging")),
            build.project("retired", "Retired", ("production",), deleted=True, basic=True),
            *(build.project(f"spare-{n:04d}", f"Spare {n}", ("production",), idle=True) for n in range(extra_projects)),
        ),
        streaming_destinations=(
            build.destination("kinesis", "Clickstream"),
            build.destination("google-pubsub", "Marketing"),
            build.destination("segment", "Finance only", viewable=False),
            build.destination("mparticle", "Forgotten", current=False),
            Destination("", "unknown", "Unattributed", current=False),
        ),
        warehouse_destinations=(
            build.destination("snowflake-v2", "Warehouse"),
            build.destination("s3", "Lake"),
            build.destination("bigquery", "Board", viewable=False),
            build.destination("databricks", "Former", current=False),
            Destination("", "redshift", "Unattributed", current=False),
        ),
    )


def _flags(project: str, extra: int) -> tuple[Flag, ...]:
    many = tuple(f"treatment-{number:02d}" for number in range(30))
    return (
        Flag(f"{project}.new-checkout", "New checkout", _BOOLEAN),
        Flag("banner_text", "Banner text", ("Welcome", "Sale today", "")),
        Flag("page-size", "Page size", (10, 25, 2.5, 0)),
        Flag("retry-policy", "Retry policy", ({"retries": 3, "backoff": [1, 2, 4]}, {"retries": 0}, [], None)),
        Flag("ranking-experiment", "Ranking experiment", many),
        Flag("kill-switch", "Kill switch", (False, True, "true")),
        Flag("old-banner", "Old banner", _BOOLEAN, archived=True),
        *(Flag(f"release-{number:04d}", f"Release {number}", _BOOLEAN) for number in range(extra)),
    )
