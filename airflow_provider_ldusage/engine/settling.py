"""Announce what states have recorded, for tasks that store nothing: skipped loads, and the one that closes others.

Such a task finds in the states what other tasks cannot announce any more, or have left to it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from airflow_provider_ldusage.engine.announcing import Announcing, Debts, OwnEvents, Settled
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.layout import STATE, state_file
from airflow_provider_ldusage.lake.state import State, StateFile, parse
from airflow_provider_ldusage.lake.store import MAX_ROUNDS, Store
from airflow_provider_ldusage.lake.table import table_id

log = logging.getLogger(__name__)


class Loaded(NamedTuple):
    """What a load has reported of itself.

    :param slice: the slice's columns with their values
    """

    table: str
    slice: Mapping[str, str]


def settle_state(store: Store, table: str, slice_: Mapping[str, str], announcing: Announcing, now: datetime) -> Settled:
    """Announce what is due of one slice.

    :raises StoreError: the store cannot be read or written to
    :raises LakeError: the table's description cannot be read
    """
    if not announcing.assets or (stands := table_id(store, table)) is None:
        return Settled()
    return _settle(StateFile(store, table, slice_, stands), announcing, now)


def _settle(file: StateFile, announcing: Announcing, now: datetime) -> Settled:
    for _ in range(MAX_ROUNDS):
        state, before = file.read()
        settled = announcing.settle(state.debts, frozenset(), announcing.inherited(state.debts))
        new = replace(state, debts=settled.debts)
        if not state.readable or new == state or file.swap(new, before, now):
            return settled
    raise StoreError(
        "Other tasks keep writing the table's state, so nothing is announced.", about=f"{file.store.uri}/{file.name}"
    )


def settle_tables(
    store: Store, loads: Collection[Loaded], changed: Set[date], announcing: OwnEvents, now: datetime
) -> Settled:
    """Announce what loads have changed, and what is due of all slices of their tables.

    :param loads: without any, all tables of the lake are looked at
    :param changed: days that the loads have changed, as they have reported
    :raises StoreError: the store cannot be read or written to
    :raises LakeError: a table's description cannot be read
    """
    states = list(_states(store, loads))
    debts: Debts = frozenset().union(*(state.debts for _, state in states))
    inherited = announcing.inherited(debts)
    settled = announcing.settle(debts, changed, inherited)
    mine = announcing.due(debts, inherited)
    due = [file for file, state in states if mine & state.debts]
    store.map_reads(lambda file: _settle(file, announcing.only(settled.days), now), due)
    return settled


def _states(store: Store, loads: Collection[Loaded]) -> Iterator[tuple[StateFile, State]]:
    """The states of the loads' tables: those of the loads, and whatever others there are."""
    reported = {state_file(*load): load for load in loads}
    names = [*dict.fromkeys((*reported, *_listed(store, sorted({load.table for load in loads}))))]
    stored = dict(zip(names, store.map_reads(store.read, names), strict=True))
    slices = {name: reported.get(name) or _named_in(store, name, data) for name, data in stored.items()}
    ids = {table: table_id(store, table) for table in {load.table for load in slices.values() if load}}
    for name, load in slices.items():
        if load is not None and (stands := ids[load.table]) is not None:
            yield StateFile(store, *load, stands), parse(stored[name], stands, f"{store.uri}/{name}")


def _listed(store: Store, tables: Collection[str]) -> list[str]:
    try:
        return [name for folder in tables or ("",) for name in store.sizes(f"{STATE}/{folder}".rstrip("/"))]
    except StoreError as error:
        log.warning(
            "The states of %s cannot be listed, so what failed loads have stored is announced by a later task: %s",
            ", ".join(tables) or "the lake", error,
        )  # fmt: skip
        return []


def _named_in(store: Store, name: str, data: bytes | None) -> Loaded | None:
    """The slice that a state is of; None for an object that is none, or is damaged."""
    table = name.removeprefix(f"{STATE}/").rpartition("/")[0]
    try:
        found = Loaded(table, dict(json.loads(data or b"")["slice"]))
        return found if state_file(*found) == name else None
    except (ValueError, KeyError, TypeError, AttributeError):
        log.debug("%s/%s is no state that can be read.", store.uri, name)
        return None
