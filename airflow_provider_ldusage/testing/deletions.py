"""What was deleted from the account while it was simulated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from airflow_provider_ldusage.testing.account import Account, Project


@dataclass(frozen=True)
class Deletion:
    """A project, or one environment or one flag of it, that is gone from a moment on.

    Attributes:
        at: epoch milliseconds of the simulated clock. Before it, everything is still there.
        project: key of the project.
        environment, flag: key of what was deleted of it; both None: the project itself.
    """

    at: int
    project: str
    environment: str | None = None
    flag: str | None = None


@lru_cache(maxsize=64)
def without(account: Account, deletions: tuple[Deletion, ...]) -> Account:
    """The account after these deletions: always the same object for the same ones, since cells are kept by account."""
    for one in deletions:
        project = account.project(one.project)
        if project is not None:
            others = tuple(each for each in account.projects if each is not project)
            place = account.projects.index(project)
            account = replace(account, projects=(*others[:place], _after(project, one), *others[place:]))
    return account


def _after(project: Project, deletion: Deletion) -> Project:
    minute = deletion.at // 60_000
    if deletion.flag is not None:
        return replace(project, flags=tuple(one for one in project.flags if one.key != deletion.flag))
    if deletion.environment is None:
        return replace(project, deleted=True, ended=minute)
    environments = tuple(
        replace(one, deleted=True, ended=minute) if one.key == deletion.environment and not one.deleted else one
        for one in project.environments
    )
    return replace(project, environments=environments)
