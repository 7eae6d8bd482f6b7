"""Makes the parts of an account. Ids are derived from the account's own, so the same arguments give the same ids."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_ldusage.testing.account.courses import STEADY, Course
from airflow_provider_ldusage.testing.account.model import (
    Application,
    Destination,
    Environment,
    Flag,
    Project,
    fixed_id,
)

BOOLEAN = (True, False)


@dataclass(frozen=True)
class Builder:
    """Makes the parts of one account.

    :param account_id: what all ids are derived from
    :param extra_projects: further projects, without usage
    :param extra_flags: further boolean flags in each project
    """

    account_id: str
    extra_projects: int
    extra_flags: int

    def project(
        self,
        key: str,
        name: str,
        environments: tuple[str, ...],
        gone: tuple[str, ...] = (),
        *,
        flags: tuple[Flag, ...] = (),
        applications: tuple[Application, ...] = (),
        course: Course = STEADY,
        deleted: bool = False,
        idle: bool = False,
        basic: bool = False,
    ) -> Project:
        """A project; see :class:`.Project`.

        :param environments: keys
        :param gone: keys of environments that were deleted
        """
        return Project(
            id=fixed_id(self.account_id, "project", key),
            key=key,
            name=name,
            tags=("simulated", key[:3]),
            environments=tuple(
                Environment(fixed_id(self.account_id, "environment", key, one), one, one.capitalize(), one in gone)
                for one in (*environments, *gone)
            ),
            flags=(*flags, *self._extra_flags()),
            applications=applications,
            course=course,
            deleted=deleted,
            idle=idle,
            basic=basic,
        )

    def spare_projects(self) -> tuple[Project, ...]:
        """The further projects."""
        return tuple(
            self.project(
                f"spare-{n:04d}", f"Spare {n}", ("production",), flags=small_flags(f"spare-{n:04d}"), idle=True
            )
            for n in range(self.extra_projects)
        )

    def _extra_flags(self) -> tuple[Flag, ...]:
        return tuple(Flag(f"release-{number:04d}", f"Release {number}", BOOLEAN) for number in range(self.extra_flags))

    def destination(self, kind: str, name: str, *, current: bool = True, viewable: bool = True) -> Destination:
        """A destination; see :class:`.Destination`."""
        return Destination(fixed_id(self.account_id, "destination", kind, name), kind, name, current, viewable)

    def streaming_destinations(self) -> tuple[Destination, ...]:
        """Destinations of streams, of each kind that answers tell apart."""
        return (
            self.destination("kinesis", "Clickstream"),
            self.destination("google-pubsub", "Marketing"),
            self.destination("segment", "Finance only", viewable=False),
            self.destination("mparticle", "Forgotten", current=False),
            Destination("", "unknown", "Unattributed", current=False),
        )

    def warehouse_destinations(self) -> tuple[Destination, ...]:
        """Destinations of warehouse export, likewise."""
        return (
            self.destination("snowflake-v2", "Warehouse"),
            self.destination("s3", "Lake"),
            self.destination("bigquery", "Board", viewable=False),
            self.destination("databricks", "Former", current=False),
            Destination("", "redshift", "Unattributed", current=False),
        )


def small_flags(project: str) -> tuple[Flag, ...]:
    """The flags of a project in the small account, one for each kind of variation.

    :param project: the project's key
    """
    many = tuple(f"treatment-{number:02d}" for number in range(30))
    return (
        Flag(f"{project}.new-checkout", "New checkout", BOOLEAN),
        Flag("banner_text", "Banner text", ("Welcome", "Sale today", "")),
        Flag("page-size", "Page size", (10, 25, 2.5, 0)),
        Flag("retry-policy", "Retry policy", ({"retries": 3, "backoff": [1, 2, 4]}, {"retries": 0}, [], None)),
        Flag("ranking-experiment", "Ranking experiment", many),
        Flag("kill-switch", "Kill switch", (False, True, "true")),
        Flag("old-banner", "Old banner", BOOLEAN, archived=True),
    )
