"""What was deleted from the account during the simulation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from airflow_provider_ldusage.testing.account.model import Account, Project


@dataclass(frozen=True)
class Deletion:
    """A project, or one environment or one flag of it, that is gone from a moment on.

    :param at: epoch milliseconds of the simulated clock; before it, nothing is deleted
    :param project: key of the project
    :param environment: key of the deleted environment; None if it is not an environment that was deleted
    :param flag: key of the deleted flag; None if it is not a flag that was deleted
    """

    at: int
    project: str
    environment: str | None = None
    flag: str | None = None

    def check(self, account: Account) -> None:
        """Check that there is something to delete.

        :param account: the account at that moment
        :raises ValueError: the account has no such project, or the project no such environment or flag
        """
        project = account.project(self.project)
        if project is None:
            raise ValueError(f"no project {self.project!r}")
        if self.environment is not None and project.environment(self.environment) is None:
            raise ValueError(f"project {self.project!r} has no environment {self.environment!r}")
        if self.flag is not None and project.flag(self.flag) is None:
            raise ValueError(f"project {self.project!r} has no flag {self.flag!r}")


@lru_cache(maxsize=64)
def without(account: Account, deletions: tuple[Deletion, ...]) -> Account:
    """The account after these deletions.

    :param account: the account before them
    :param deletions: in the order in which they happened
    :returns: the same object for the same arguments, because cells are cached by account
    """
    for one in deletions:
        project = account.project(one.project)
        if project is not None:
            others = tuple(each for each in account.projects if each is not project)
            position = account.projects.index(project)
            account = replace(account, projects=(*others[:position], _after(project, one), *others[position:]))
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
