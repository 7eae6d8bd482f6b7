"""What the soak's world is made of, as plain data: feeds, flags, projects, and what cannot be answered when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

Row = tuple[tuple[str, object], ...]
"""A row of the lake: its columns that are not null, sorted by name; ``time`` in ms since the epoch."""
Rows = frozenset[Row]

DAY = timedelta(days=1)
ALWAYS = (datetime(2000, 1, 1, tzinfo=timezone.utc), datetime(2100, 1, 1, tzinfo=timezone.utc))


@dataclass(frozen=True)
class Kind:
    """What is true of all feeds of a metric.

    - ``path``: below ``/api/v2/``; of evaluations and environments, of one flag and one project
    - ``cumulative``: month-to-date; ``counted``: answers say how far they are counted
    - ``listed``: a list for a range, one question a day; ``seen``: a list of what is there now
    - ``parts``: one file is made of the answers of several flags or projects
    """

    path: str
    cumulative: bool = False
    counted: bool = False
    listed: bool = False
    seen: bool = False
    parts: str = ""


KINDS = {
    "service_connections": Kind("usage/service-connections"),
    "total_mau": Kind("usage/total-mau", cumulative=True),
    "data_export_events": Kind("usage/data-export-events", counted=True),
    "evaluations": Kind("usage/evaluations", parts="feature_flag_key"),
    "mau_sdks": Kind("usage/mau/sdks", listed=True),
    "environments": Kind("projects", seen=True, parts="project_key"),
}


@dataclass(frozen=True)
class Feed:
    """One metric and one slice of it: what a task asks for. ``project`` and ``environment`` are keys, or empty."""

    metric: str
    project: str = ""
    environment: str = ""

    @property
    def kind(self) -> Kind:
        return KINDS[self.metric]

    @property
    def query(self) -> dict[str, object]:
        """Arguments of the question, in the words of the provider's operators."""
        if self.metric == "evaluations":
            return {"project_key": self.project, "environment_key": self.environment}
        if self.metric in ("mau_sdks", "environments"):
            return {}
        group = "eventKind" if self.metric == "data_export_events" else "projectId"
        aggregation = "month_to_date" if self.kind.cumulative else "incremental"
        asked: dict[str, object] = {"group_by": [group], "aggregation_type": aggregation, "granularity": "daily"}
        return {**asked, "filters": {"projectKey": [self.project]}} if self.project else asked

    @property
    def columns(self) -> dict[str, object]:
        """Columns that the slice adds to each row."""
        if self.metric == "evaluations":
            return {"project_key": self.project, "environment_key": self.environment}
        return {"filter_project_key": self.project} if self.project else {}

    @property
    def stem(self) -> str:
        """How its day files are called, before the hash."""
        return "_".join(str(value) for _, value in sorted(self.columns.items())) or "all"

    def __str__(self) -> str:
        return "/".join(part for part in (self.metric, self.project, self.environment) if part)


@dataclass(frozen=True)
class Project:
    """``gone``: from then on its paths answer 404. ``unlisted``: from then on lists leave it out.

    Deleted "between the list and the question" means that it is gone before it is unlisted.
    """

    key: str
    since: datetime = ALWAYS[0]
    gone: datetime = ALWAYS[1]
    unlisted: datetime = ALWAYS[1]
    environments: tuple[str, ...] = ("production", "staging")

    @property
    def id(self) -> str:
        return f"id-of-{self.key}"


@dataclass(frozen=True)
class Flag:
    """A flag of a project; see :class:`Project`. ``archived``: listed among the archived ones only."""

    key: str
    project: str
    since: datetime = ALWAYS[0]
    gone: datetime = ALWAYS[1]
    unlisted: datetime = ALWAYS[1]
    archived: datetime = ALWAYS[1]


@dataclass(frozen=True)
class Trouble:
    """Days (both inclusive) of a metric that cannot be answered for a while.

    ``how``: ``400``, ``500``, ``shape`` (an answer of another shape) for each range that touches them; ``empty``: they
    are answered as if there had been no usage.
    """

    metric: str
    first: date
    last: date
    since: datetime
    until: datetime
    how: str


@dataclass(frozen=True)
class Account:
    """The whole world: everything else follows from names, days and moments.

    ``frozen``: stretches of time in which data export's ``dataThrough`` does not move.
    """

    projects: tuple[Project, ...]
    flags: tuple[Flag, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    frozen: tuple[tuple[datetime, datetime], ...] = ()
    id: str = "5f2b1c9d8e7a6b0022222222"
    event_kinds: tuple[str, ...] = ("feature", "summary", "custom")
    sdks: tuple[str, ...] = ("js-client-sdk", "react-client-sdk", "go-server-sdk", "python-server-sdk")
    lag: timedelta = field(default=timedelta(hours=5))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.utc)


def days(first: date, end: date) -> list[date]:
    """From the first on, without the end."""
    return [first + timedelta(days=n) for n in range((end - first).days)]


def row(**columns: object) -> Row:
    return tuple(sorted((name, value) for name, value in columns.items() if value is not None))
