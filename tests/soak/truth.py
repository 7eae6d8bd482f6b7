"""What the world would answer: points by feed, day and moment, and as rows of the lake."""

from __future__ import annotations

from datetime import date, datetime, timezone

from tests.soak.account import DAY, Account, Feed, Flag, Project, Row, Rows, days, midnight, row
from tests.soak.figures import chance, figure

VARIATIONS = ("blue", "green")
Points = dict[str, int]  # of one day: series -> figure


class Truth:
    """The world's answers, without HTTP."""

    def __init__(self, account: Account) -> None:
        self.account = account

    # --- what there is

    def projects(self, moment: datetime) -> list[Project]:
        return [one for one in self.account.projects if one.since <= moment < one.unlisted]

    def project(self, key: str, moment: datetime) -> Project | None:
        """None: its paths answer 404."""
        found = (one for one in self.account.projects if one.key == key and one.since <= moment < one.gone)
        return next(found, None)

    def flags(self, project: str, moment: datetime, *, archived: bool) -> list[Flag]:
        return [
            one
            for one in self.account.flags
            if one.project == project
            and one.since <= moment < one.unlisted
            and (one.archived <= moment) is archived
        ]  # fmt: skip

    def flag_answers(self, project: str, key: str, moment: datetime) -> bool:
        return any(
            one.project == project and one.key == key and one.since <= moment < one.gone for one in self.account.flags
        )

    def through(self, moment: datetime) -> datetime:
        """Up to when data export is counted."""
        for since, until in self.account.frozen:
            if since <= moment < until:
                moment = since
        return (moment - self.account.lag).replace(minute=0, second=0, microsecond=0)

    def trouble(self, feed: Feed, first: date, last: date, moment: datetime) -> str | None:
        """How a question about a range (both days inclusive) fails, if it does."""
        return next(
            (
                one.how
                for one in self.account.troubles
                if one.metric == feed.metric
                and one.how != "empty"
                and one.since <= moment < one.until
                and one.first <= last
                and first <= one.last
            ),
            None,
        )

    # --- figures

    def points(self, feed: Feed, day: date, moment: datetime, flag: str = "") -> Points:
        """The figures of a day by series; of evaluations, those of one flag."""
        if self._silent(feed.metric, day, moment) or day > moment.astimezone(timezone.utc).date():
            return {}
        if feed.kind.counted and midnight(day + DAY) > self.through(moment):
            moment = min(moment, self.through(moment))
        prefix = "/".join((feed.project, feed.environment, flag)).strip("/")
        found: Points = {}
        for name in self.series(feed):
            series = f"{prefix}:{name}"
            figures = [
                figure(feed.metric, series, each, moment)
                for each in (days(day.replace(day=1), day + DAY) if feed.kind.cumulative else [day])
            ]
            total = sum(value for value in figures if value is not None)
            if total:
                found[name] = total
        return found

    def series(self, feed: Feed) -> tuple[str, ...]:
        if feed.metric == "evaluations":
            return VARIATIONS
        if feed.metric == "data_export_events":
            return self.account.event_kinds
        if feed.metric == "mau_sdks":
            return self.account.sdks
        return tuple(one.id for one in self.account.projects if feed.project in ("", one.key))

    def _silent(self, metric: str, day: date, moment: datetime) -> bool:
        return any(
            one.metric == metric and one.how == "empty" and one.first <= day <= one.last
            and one.since <= moment < one.until
            for one in self.account.troubles
        )  # fmt: skip

    # --- rows of the lake

    def answering(self, feed: Feed, moment: datetime) -> frozenset[str]:
        """The parts of a file that answer: flags or projects that are listed, and not gone."""
        if feed.metric == "environments":
            return frozenset(one.key for one in self.projects(moment) if one.gone > moment)
        return frozenset(one for one in self.listed(feed, moment) if self.flag_answers(feed.project, one, moment))

    def listed(self, feed: Feed, moment: datetime) -> list[str]:
        """The flags that a question for every flag asks for."""
        both = [self.flags(feed.project, moment, archived=archived) for archived in (False, True)]
        return [one.key for flags in both for one in flags]

    def rows(self, feed: Feed, day: date, moment: datetime) -> Rows:
        """What a load that asks at this moment is told of a day."""
        if feed.metric == "environments":
            return frozenset(self._environments(moment))
        if feed.metric == "mau_sdks":
            return frozenset(row(sdk=name) for name in self.points(feed, day, moment))
        if feed.metric == "evaluations":
            return frozenset(
                self._point(feed, day, value, key=name, feature_flag_key=flag)
                for flag in self.answering(feed, moment)
                for name, value in self.points(feed, day, moment, flag).items()
            )
        column = "event_kind" if feed.metric == "data_export_events" else "project_id"
        return frozenset(
            self._point(feed, day, value, **{column: name}) for name, value in self.points(feed, day, moment).items()
        )

    @staticmethod
    def _point(feed: Feed, day: date, value: int, **dimensions: object) -> Row:
        told = value / 2 if feed.metric == "service_connections" else value
        return row(time=int(midnight(day).timestamp() * 1000), value=told, **dimensions, **feed.columns)

    def _environments(self, moment: datetime) -> list[Row]:
        found = []
        for project in self.projects(moment):
            if project.gone > moment:
                for environment in self.environments(project):
                    found.append(row(project_id=project.id, project_key=project.key, **environment))
        return found

    @staticmethod
    def environments(project: Project) -> list[dict[str, str]]:
        return [
            {"id": f"env-{chance(project.key, key):06x}", "key": key, "name": key.title()}
            for key in project.environments
        ]  # fmt: skip
