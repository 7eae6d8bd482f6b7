"""What an account consists of: projects, environments, flags, SDKs and destinations."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, NamedTuple

from airflow_provider_ldusage.testing.account.courses import STEADY, Course

CREATED = datetime(2024, 1, 1, tzinfo=timezone.utc)
"""The account's first day: there is no usage before it."""

CONTEXT_KINDS = ("user", "organization", "device")
"""The account's context kinds; ``user`` is the primary one unless a switch says otherwise."""


@dataclass(frozen=True)
class Environment:
    """An environment of a project.

    :param id: 24 hexadecimal digits
    :param key: unique within its project
    :param name: display name
    :param deleted: it still has usage, but no list shows it and no filter accepts it
    :param ended: the minute since 1970 at which its usage ends, if it was deleted during the simulation
    """

    id: str
    key: str
    name: str
    deleted: bool = False
    ended: int | None = None


@dataclass(frozen=True)
class Flag:
    """A feature flag.

    :param key: unique within its project
    :param name: display name
    :param variations: the values of its variations, in order; any JSON
    :param archived: only lists of archived flags show it
    :param ended: the minute since 1970 at which its evaluations end, as its code is removed; 0: there never were any
    """

    key: str
    name: str
    variations: tuple[Any, ...]
    archived: bool = False
    ended: int | None = None


class SdkVersion(NamedTuple):
    """One version of an SDK and its end-of-life status, such as ``EolAllClear``."""

    number: str
    eol_status: str


@dataclass(frozen=True)
class Sdk:
    """An SDK that applications of the account use.

    :param name: as usage names it, such as ``Node.js``
    :param category: ``browser``, ``mobile`` or ``backend``
    :param versions: the versions in use, from old to new
    :param latest: the latest release, or empty
    :param releases: URL of the release notes, or empty
    """

    name: str
    category: str
    versions: tuple[SdkVersion, ...]
    latest: str
    releases: str

    @property
    def side(self) -> str:
        """``client`` or ``server``."""
        return "server" if self.category == "backend" else "client"


class Application(NamedTuple):
    """An SDK in use: its application is a name, a literal "Unknown" in any case, or None."""

    sdk: Sdk
    name: str | None


@dataclass(frozen=True, eq=False)
class Project:
    """A project with its environments and flags.

    :param id: 24 hexadecimal digits
    :param key: unique within the account
    :param name: display name
    :param tags: tags, as lists show them
    :param environments: its environments, deleted ones included
    :param flags: its flags, archived ones included
    :param applications: what of it uses which SDK
    :param course: how its usage develops
    :param deleted: it still has usage, but no list shows it and no filter accepts it
    :param idle: lists show it, but it has no usage
    :param basic: it has neither experiments nor data export
    :param ended: the minute since 1970 at which its usage ends, if it was deleted during the simulation
    """

    id: str
    key: str
    name: str
    tags: tuple[str, ...]
    environments: tuple[Environment, ...]
    flags: tuple[Flag, ...]
    applications: tuple[Application, ...] = ()
    course: Course = STEADY
    deleted: bool = False
    idle: bool = False
    basic: bool = False
    ended: int | None = None

    @property
    def current_environments(self) -> tuple[Environment, ...]:
        """The environments that lists show."""
        return tuple(one for one in self.environments if not one.deleted)

    def environment(self, key: str) -> Environment | None:
        """The current environment with this key.

        :param key: the environment's key
        :returns: the environment, or None if there is no current one with this key
        """
        return next((one for one in self.current_environments if one.key == key), None)

    def flag(self, key: str) -> Flag | None:
        """The flag with this key.

        :param key: the flag's key
        :returns: the flag, archived or not, or None if there is no such flag
        """
        return next((one for one in self.flags if one.key == key), None)


@dataclass(frozen=True)
class Destination:
    """A data export destination. The simulated figures are derived from its fields and their names.

    :param id: 24 hexadecimal digits; empty for usage that names no destination
    :param kind: such as ``kinesis``
    :param name: display name
    :param current: whether the current configuration has it
    :param viewable: whether an ordinary token may view it
    """

    id: str
    kind: str
    name: str
    current: bool = True
    viewable: bool = True


@dataclass(frozen=True, eq=False)
class Account:
    """A whole account. All ids and figures are derived from ``id``, so two accounts differ in both.

    :param id: 24 hexadecimal digits
    :param projects: all projects, deleted ones included
    :param streaming_destinations: where events are streamed to
    :param warehouse_destinations: where warehouse export writes to
    :param contexts_per_key: contexts that a simulated unique key stands for, in turn; with several numbers, figures of
        a large account are not all multiples of one
    """

    id: str
    projects: tuple[Project, ...]
    streaming_destinations: tuple[Destination, ...]
    warehouse_destinations: tuple[Destination, ...]
    contexts_per_key: tuple[int, ...] = (1,)

    @property
    def current_projects(self) -> tuple[Project, ...]:
        """The projects that lists show, sorted by key."""
        return tuple(sorted((one for one in self.projects if not one.deleted), key=lambda one: one.key))

    def project(self, key: str) -> Project | None:
        """The current project with this key.

        :param key: the project's key
        :returns: the project, or None if there is no current one with this key
        """
        return next((one for one in self.projects if one.key == key and not one.deleted), None)


def fixed_id(account_id: str, *parts: str) -> str:
    """An id of LaunchDarkly's form that is the same in every process.

    :param account_id: id of the account it belongs to
    :param parts: what it identifies, such as ``"project", "default"``
    :returns: 24 hexadecimal digits
    """
    return hashlib.sha256("|".join(("id", account_id, *parts)).encode()).hexdigest()[:24]
