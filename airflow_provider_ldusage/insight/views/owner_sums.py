"""A day of ``usage_by_owner`` made small: what some owners have, and all of each meter and level together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = ("meter", "level")
KEY = (*GROUP, "project_id", "environment_id", "application_id")
"""What tells a row from all others of a day."""
COLUMNS = (*KEY, "allocated")
_BETWEEN, _NONE = "\x1f", "\x00"

Key = tuple[str | None, ...]
"""The values of :data:`KEY`."""


@dataclass(frozen=True)
class Sums:
    """A day.

    :param owners: figures by the owner's place in the list that was asked for
    :param groups: meter and level -> the sum of all owners; None where the account's figure is not known
    """

    owners: dict[int, float | None]
    groups: dict[tuple[str, str], float | None]


def key_of(row: dict[str, Any]) -> Key:
    """What tells a row from others."""
    return tuple(row[name] for name in KEY)


def sums_of(rows: pa.Table, owners: Sequence[Key]) -> Sums:
    """Reduce a day. Whole columns only: an account may have thousands of owners, and a view looks at dozens of days.

    :param rows: with :data:`COLUMNS`
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    asked = pa.array(
        [_BETWEEN.join(_NONE if part is None else part for part in owner) for owner in owners], pa.string()
    )
    places = pc.index_in(_joined(rows, KEY), value_set=asked)
    found = rows.select(["allocated"]).append_column("place", places).filter(pc.is_valid(places)).to_pylist()
    group, totals = _joined(rows, GROUP), {}
    for text in pc.unique(group).to_pylist():
        meter, level = text.split(_BETWEEN)
        totals[meter, level] = pc.sum(rows.column("allocated").filter(pc.equal(group, text))).as_py()
    return Sums({row["place"]: row["allocated"] for row in found}, totals)


def _joined(rows: pa.Table, names: Sequence[str]) -> Any:
    import pyarrow.compute as pc

    columns = [rows.column(name) for name in names]
    return pc.binary_join_element_wise(*columns, _BETWEEN, null_handling="replace", null_replacement=_NONE)
