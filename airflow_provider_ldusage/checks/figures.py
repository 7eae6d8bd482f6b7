"""Figures of a day: sums by time and by series, and whether two of them agree."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import repeat
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.rows.arrow import code_of, scalar
from airflow_provider_ldusage.rows.labels import Label

if TYPE_CHECKING:
    import pyarrow as pa

TOLERANCE = 1e-6
"""By how much floats may differ that are sums of rounded parts, relatively and absolutely."""


def agree(mine: Any, theirs: Any) -> bool:
    """Whether figures are the same: whole numbers exactly, floats within :data:`TOLERANCE`."""
    if isinstance(mine, float) or isinstance(theirs, float):
        return math.isclose(mine, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(mine == theirs)


def sums_by_time(times: pa.Array, values: pa.Array) -> dict[int, tuple[Any, int]]:
    """Sum and number of the values of each time, of which a day has few.

    Arrow's ``group_by`` would import pandas wherever it is installed.

    :param times: in ms
    """
    import pyarrow.compute as pc

    every = pc.unique(times)
    found = {}
    for when in every:
        here = values if len(every) == 1 else values.filter(pc.equal(times, when))
        found[when.as_py()] = (_sum(here), len(here))
    return found


def sums_by_label(table: pa.Table) -> dict[Label, float]:
    """The sum of each series of a stored day; of lists, the number of items of each label."""
    import pyarrow as pa

    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    labels = zip(*(table.column(name).to_pylist() for name in texts), strict=True)
    values = table.column("value").to_pylist() if "value" in table.column_names else repeat(1)
    found: dict[Label, float] = defaultdict(float)
    for label, value in zip(labels, values, strict=False):
        found[label] += value
    return dict(found)


def _sum(values: pa.Array) -> Any:
    """The exact sum, also of whole numbers whose sum does not fit into 64 bits."""
    import pyarrow.compute as pc

    if code_of(values) == "d":
        return pc.sum(values).as_py()
    high, low = (pc.shift_right(values, scalar(32, "q")), pc.bit_wise_and(values, scalar(2**32 - 1, "q")))
    return (pc.sum(high).as_py() << 32) + pc.sum(low).as_py()
