"""The checks of one load: which of them run, what they see, and what becomes of what they find."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import product
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.checks import CHECKS
from airflow_provider_ldusage.checks.check import Check, LoadedDays
from airflow_provider_ldusage.checks.levels import check_levels
from airflow_provider_ldusage.checks.series_numbers import SeriesNumbers
from airflow_provider_ldusage.checks.stored_days import consecutive, notes_of
from airflow_provider_ldusage.days import utc_day
from airflow_provider_ldusage.exceptions import QualityError, StoreError
from airflow_provider_ldusage.log_text import MAX_PROBLEM, cut, fitted

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.commit import Commit
    from airflow_provider_ldusage.lake.state import State
    from airflow_provider_ldusage.lake.table_slice import TableSlice
    from airflow_provider_ldusage.query import UsageQuery
    from airflow_provider_ldusage.rows.day import Rows

log = logging.getLogger(__name__)

Notes = Mapping[str, Any]
"""What each check, by its name, keeps of a day."""
Days = Mapping[date, Notes | None]


class Checks:
    """The checks of one load that are on and make sense of its query."""

    def __init__(self, checks: Sequence[Check[Any]], levels: Mapping[str, str]) -> None:
        self._checks, self._levels = checks, levels
        self._broken: dict[str, Exception] = {}

    @classmethod
    def of(cls, query: UsageQuery, levels: Mapping[str, str] | None, target: TableSlice) -> Checks:
        """The checks of a load.

        :param levels: of some checks; see :func:`.check_levels`
        :param target: the table's slice, as it is before the load
        :raises UsageArgumentError: an unknown check or level
        """
        every = check_levels(levels)
        series = SeriesNumbers()
        checks = [check(query, series, target) for name, check in CHECKS.items() if every[name] != "off"]
        return cls([check for check in checks if check.applies()], every)

    def note(self, rows: Rows) -> Notes:
        """What the checks keep of a day's rows, as they are stored.

        An error in a check is raised by :meth:`run`, since it must not keep a day from being stored.
        """
        return {check.name: self._note(check, rows) for check in self._checks}

    def _note(self, check: Check[Any], rows: Rows) -> Any:
        if check.name in self._broken:
            return None
        try:
            return check.note(rows)
        except Exception as error:
            self._broken[check.name] = error
            return None

    def run(
        self,
        target: TableSlice,
        own: Commit,
        older: Sequence[Commit],
        state: State,
        before: State,
        now: datetime,
    ) -> None:
        """Run the checks and log what they find. A finding in older days warns at most: it must not fail a load whose
        own days are as they should be.

        :param own: what became of the run's own days
        :param older: the same of days that the load went back to
        :param state: what is known of the table's days, this load included
        :param before: what was known of them before this load
        :param now: the time by which days count as closed
        :raises QualityError: a check at level ``fail`` found something; what was loaded stays
        """
        for error in self._broken.values():
            raise error
        if not self._checks:
            return
        at_most_warn = {name: "warn" if level == "fail" else level for name, level in self._levels.items()}
        run = _Run(self._checks, target, state)
        run.judge(self._closed_days(run, older, now), at_most_warn, None)
        run.judge(self._closed_days(run, [own], now), self._levels, before)
        run.finish()

    def _closed_days(self, run: _Run, commits: Iterable[Commit], now: datetime) -> Sequence[Days]:
        """The days of commits that are over, those that follow each other together."""
        try:
            each = [notes_of(run.target, commit, self.note, utc_day(now)) for commit in commits]
        except StoreError as error:
            run.leave_out(None, error)
            return []
        return consecutive({day: note for notes in each for day, note in notes.items()})


class _Run:
    """What the checks of one load say."""

    def __init__(self, checks: Sequence[Check[Any]], target: TableSlice, state: State) -> None:
        self.target = target
        self._checks, self._state = checks, state
        self._failed: list[str] = []
        self._judged: set[str] = set()
        self._noisy: set[str] = set()
        self._left_out: set[str | None] = set()

    def judge(self, stretches: Sequence[Days], levels: Mapping[str, str], before: State | None) -> None:
        """Run each check on each stretch of consecutive days, and log what it finds.

        :param before: what was known of the table's days before this load, where earlier days are judged too: those
            before the first stretch
        """
        for check, days in product(self._checks, stretches):
            notes = {day: note and note[check.name] for day, note in days.items()}
            earlier = before if days is stretches[0] else None
            try:
                found = check.run(LoadedDays(notes, self.target, self._state, earlier))
            except StoreError as error:
                self.leave_out(check.name, error)
                continue
            if found is not None:
                self._judged.add(check.name)
            for finding in found or ():
                self._noisy.add(check.name)
                self._tell(fitted(f"{check.name}: {finding}"), fails=levels[check.name] == "fail")

    def leave_out(self, check: str | None, error: StoreError) -> None:
        """Log once that a check could not be run; or all of them, as the days could not be read."""
        if check not in self._left_out:
            log.warning(
                "%s", fitted(f"Check {check} was left out: {error}" if check else f"Checks were left out: {error}")
            )
        self._left_out.add(check)

    def finish(self) -> None:
        """Log which checks found nothing.

        :raises QualityError: a check at level ``fail`` found something
        """
        unsure = self._noisy | self._left_out
        names = [check.name for check in self._checks if check.name in self._judged - unsure and None not in unsure]
        if names:
            log.info("Checked %s of %s: nothing found", ", ".join(names), self.target.table.name)
        if self._failed:
            problem, whole = cut(self._failed[0], MAX_PROBLEM), "; ".join(self._failed)
            raise QualityError(
                f"{problem}.",
                "Look at the data: it is stored, as LaunchDarkly reports it, and the task fails so that nothing is "
                'built on it unseen. If it is right, set the check to "warn" or "off" (checks=...).',
                about="" if whole == problem else whole,
            )

    def _tell(self, message: str, *, fails: bool) -> None:
        log.log(logging.ERROR if fails else logging.WARNING, "Check %s", message)
        self._failed += [message] if fails else []
