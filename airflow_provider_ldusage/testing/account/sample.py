"""The account that the simulator serves: small, and every week is like the one before.

It is made up, but has what makes real accounts hard to load: a deleted environment and a deleted project that still
have usage, applications named "Unknown" or not named at all, and destinations that the token cannot view.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from airflow_provider_ldusage.testing.account.builder import Builder, small_flags
from airflow_provider_ldusage.testing.account.model import Account, Project
from airflow_provider_ldusage.testing.account.sdks import APPLICATIONS


@lru_cache(maxsize=32)
def build_account(account_id: str, extra_projects: int = 0, extra_flags: int = 0) -> Account:
    """The account with this id: the same arguments give the same ids and names.

    :param account_id: what all ids and figures are derived from
    :param extra_projects: further projects, without usage
    :param extra_flags: further boolean flags in each project
    :returns: the account
    """
    build = Builder(account_id, extra_projects, extra_flags)

    def project(key: str, *rest: Any, **more: Any) -> Project:
        return build.project(key, *rest, flags=small_flags(key), applications=APPLICATIONS[key], **more)

    return Account(
        id=account_id,
        projects=(
            project("default", "Default", ("production", "staging", "test")),
            project("mobile-app", "Mobile app", ("production", "test"), ("legacy",)),
            project("data-platform", "Data platform", ("production", "staging")),
            project("retired", "Retired", ("production",), deleted=True, basic=True),
            *build.spare_projects(),
        ),
        streaming_destinations=build.streaming_destinations(),
        warehouse_destinations=build.warehouse_destinations(),
    )
