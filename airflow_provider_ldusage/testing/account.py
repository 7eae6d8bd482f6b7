"""A small LaunchDarkly account: projects, environments, flags, SDKs, applications and destinations.

It is made up, but has what makes real accounts hard to load: a deleted environment and a deleted project that still
have usage, applications named "Unknown" or not named at all, destinations that the token cannot view.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

CREATED = datetime(2024, 1, 1, tzinfo=timezone.utc)
"""The account's first day: there is no usage before it."""

CONTEXT_KINDS = ("user", "organization", "device")
"""The account's context kinds; ``user`` is the primary one unless a switch says otherwise."""


@dataclass(frozen=True)
class Environment:
    """An environment; a deleted one has usage, but is in no list and cannot be filtered by.

    ``ended`` is the minute since 1970 with which the usage of one ends that was deleted while it was simulated.
    """

    id: str
    key: str
    name: str
    deleted: bool = False
    ended: int | None = None


@dataclass(frozen=True)
class Flag:
    """A feature flag and the values of its variations, in variation order; values are any JSON."""

    key: str
    name: str
    variations: tuple[Any, ...]
    archived: bool = False


@dataclass(frozen=True, eq=False)
class Project:
    """A project. A deleted one has usage, but is in no list; an idle one is in the list, but has no usage.

    A basic one has neither experiments nor data export. ``ended`` is that of the `Environment`.
    """

    id: str
    key: str
    name: str
    tags: tuple[str, ...]
    environments: tuple[Environment, ...]
    flags: tuple[Flag, ...]
    deleted: bool = False
    idle: bool = False
    basic: bool = False
    ended: int | None = None

    def environment(self, key: str) -> Environment | None:
        """The current environment of this key."""
        return next((one for one in self.environments if one.key == key and not one.deleted), None)

    def flag(self, key: str) -> Flag | None:
        """The flag of this key."""
        return next((one for one in self.flags if one.key == key), None)


@dataclass(frozen=True)
class Sdk:
    """An SDK: ``category`` is browser, mobile or backend; versions from old to new, each with its EOL status."""

    name: str
    category: str
    versions: tuple[tuple[str, str], ...]
    latest: str
    releases: str

    @property
    def side(self) -> str:
        """``client`` or ``server``."""
        return "server" if self.category == "backend" else "client"


@dataclass(frozen=True)
class Destination:
    """A data export destination.

    ``id`` is empty for usage that names none; ``current`` tells whether it is in the current configuration, and
    ``viewable`` whether an ordinary token may view it.
    """

    id: str
    kind: str
    name: str
    current: bool = True
    viewable: bool = True


@dataclass(frozen=True, eq=False)
class Account:
    """The whole account. All ids and figures follow from ``id``: two accounts differ in both."""

    id: str
    projects: tuple[Project, ...]
    streaming_destinations: tuple[Destination, ...]
    warehouse_destinations: tuple[Destination, ...]

    @property
    def current_projects(self) -> tuple[Project, ...]:
        """The projects that lists show, in the order of their keys."""
        return tuple(sorted((one for one in self.projects if not one.deleted), key=lambda one: one.key))

    def project(self, key: str) -> Project | None:
        """The current project of this key."""
        return next((one for one in self.projects if one.key == key and not one.deleted), None)


JAVASCRIPT = Sdk(
    "JavaScript",
    "browser",
    (("3.1.0", "EolNear"), ("3.5.0", "EolAllClear")),
    "3.6.0",
    "https://github.com/launchdarkly/js-client-sdk/releases",
)
REACT = Sdk(
    "React Web", "browser", (("3.2.0", "EolAllClear"),), "3.7.1", "https://github.com/launchdarkly/react-sdk/releases"
)
IOS = Sdk(
    "iOS",
    "mobile",
    (("8.5.0", "EolPast"), ("9.10.0", "EolAllClear")),
    "9.12.0",
    "https://github.com/launchdarkly/ios-client-sdk/releases",
)
ANDROID = Sdk(
    "Android",
    "mobile",
    (("4.2.0", "MajorVersionAvailable"), ("5.6.1", "EolAllClear")),
    "5.7.0",
    "https://github.com/launchdarkly/android-client-sdk/releases",
)
GO = Sdk(
    "Go",
    "backend",
    (("7.9.0", "EolAllClear"), ("7.10.0", "EolAllClear")),
    "7.10.1",
    "https://github.com/launchdarkly/go-server-sdk/releases",
)
NODE = Sdk(
    "Node.js",
    "backend",
    (("8.4.2", "EolPast"), ("9.7.0", "EolAllClear")),
    "9.13.7",
    "https://github.com/launchdarkly/js-core/releases",
)
JAVA = Sdk(
    "Java",
    "backend",
    (("7.4.0", "EolAllClear"),),
    "7.6.0",
    "https://github.com/launchdarkly/java-core/releases",
)
PYTHON = Sdk(
    "Python",
    "backend",
    (("8.3.0", "MajorVersionAvailable"), ("9.7.1", "EolAllClear"), ("9.10.0", "EolAllClear")),
    "9.12.0",
    "https://github.com/launchdarkly/python-server-sdk/releases",
)
UNKNOWN_SDK = Sdk("Unknown", "backend", (("Unknown", "EolUnknown"),), "", "")

APPLICATIONS: dict[str, tuple[tuple[Sdk, str | None], ...]] = {
    "default": (
        (JAVASCRIPT, "checkout-web"),
        (JAVASCRIPT, "Unknown"),
        (REACT, None),
        (GO, "orders-api"),
        (NODE, None),
        (UNKNOWN_SDK, None),
    ),
    "mobile-app": ((IOS, "shop-ios"), (ANDROID, "shop-android"), (ANDROID, "unknown"), (JAVA, "gateway")),
    "data-platform": ((PYTHON, "Unknown"), (PYTHON, "pipelines"), (GO, None)),
    "retired": ((NODE, None),),
}
"""The SDKs of each project with the application that uses them: a name, a literal "Unknown" in any case, or none."""

_BOOLEAN = (True, False)


def fixed_id(account_id: str, *parts: str) -> str:
    """A 24-digit hexadecimal id, as LaunchDarkly's are, that is the same in every process."""
    return hashlib.sha256("|".join(("id", account_id, *parts)).encode()).hexdigest()[:24]


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


@lru_cache(maxsize=32)
def build_account(account_id: str, extra_projects: int = 0, extra_flags: int = 0) -> Account:
    """The account with this id: always the same ids and names for the same arguments."""

    def project(key: str, name: str, environments: tuple[str, ...], gone: tuple[str, ...] = (), **more: Any) -> Project:
        return Project(
            id=fixed_id(account_id, "project", key),
            key=key,
            name=name,
            tags=("simulated", key[:3]),
            environments=tuple(
                Environment(fixed_id(account_id, "environment", key, one), one, one.capitalize(), one in gone)
                for one in (*environments, *gone)
            ),
            flags=_flags(key, extra_flags),
            **more,
        )

    def destination(kind: str, name: str, **more: Any) -> Destination:
        return Destination(fixed_id(account_id, "destination", kind, name), kind, name, **more)

    return Account(
        id=account_id,
        projects=(
            project("default", "Default", ("production", "staging", "test")),
            project("mobile-app", "Mobile app", ("production", "test"), ("legacy",)),
            project("data-platform", "Data platform", ("production", "staging")),
            project("retired", "Retired", ("production",), deleted=True, basic=True),
            *(project(f"spare-{n:04d}", f"Spare {n}", ("production",), idle=True) for n in range(extra_projects)),
        ),
        streaming_destinations=(
            destination("kinesis", "Clickstream"),
            destination("google-pubsub", "Marketing"),
            destination("segment", "Finance only", viewable=False),
            destination("mparticle", "Forgotten", current=False),
            Destination("", "unknown", "Unattributed", current=False),
        ),
        warehouse_destinations=(
            destination("snowflake-v2", "Warehouse"),
            destination("s3", "Lake"),
            destination("bigquery", "Board", viewable=False),
            destination("databricks", "Former", current=False),
            Destination("", "redshift", "Unattributed", current=False),
        ),
    )
