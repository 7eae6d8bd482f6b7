"""Records in a table's state which days are to be announced, before any of them is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from airflow_provider_ldusage.engine.announcing import Announcing
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.store import MAX_ROUNDS
from airflow_provider_ldusage.lake.table_slice import TableSlice


def record(target: TableSlice, days: Sequence[date], announcing: Announcing, now: datetime) -> None:
    """Record that days are to be announced.

    :param target: the slice, with its table as it exists
    :param now: for :meth:`.StateFile.swap`
    :raises StoreError: the state cannot be read or written
    """
    if not (debts := announcing.debts_of(days)):
        return
    file = target.state_file()
    for _ in range(MAX_ROUNDS):
        state, before = file.read()
        if not state.readable or debts <= state.debts:
            return
        if file.swap(replace(state, debts=state.debts | debts), before, now):
            return
    raise StoreError(
        "Other tasks keep writing the table's state, so nothing was stored.",
        about=f"{target.store.uri}/{file.name}",
    )
