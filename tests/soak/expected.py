"""What the oracle expects of a load. Imports nothing of the package."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tests.soak.rules import Load, Window


@dataclass(frozen=True)
class Expected:
    """What a load must do, as things stood when it began.

    - ``outcome``: ``stored``, ``skipped``, ``failed``, or ``either``: stored or not
    - ``own`` and ``older``: days that it must ask for and store; ``perhaps``: further ones that it may
    - ``exact``: there are none of these
    - ``refused``: older days that it must note as refused
    - ``left``: those of them all that are not counted to their end and not stored
    - ``swept``: days that are closed afterwards, if they had settled, whether or not they were asked for
    - ``given_up``, ``perhaps_given_up``: open days beyond the limit
    - ``questions``: about usage, exactly; None: that depends
    """

    load: Load
    outcome: str
    window: Window | None = None
    own: tuple[date, ...] = ()
    older: tuple[date, ...] = ()
    refused: tuple[date, ...] = ()
    perhaps: tuple[date, ...] = ()
    left: frozenset[date] = frozenset()
    swept: tuple[date, ...] = ()
    given_up: tuple[date, ...] = ()
    perhaps_given_up: tuple[date, ...] = ()
    questions: int | None = None

    @property
    def exact(self) -> bool:
        return not self.perhaps

    @property
    def goes_back(self) -> bool:
        """Whether there may be older days to see to."""
        return any((self.older, self.refused, self.perhaps, self.swept, self.given_up, self.perhaps_given_up))

    @property
    def asked(self) -> frozenset[date]:
        """Days that it certainly asks for, those that are left included."""
        return frozenset((*self.own, *self.older))
