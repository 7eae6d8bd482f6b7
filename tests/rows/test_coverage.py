"""Of which rows of a stored day an answer speaks is a plain value."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from airflow_provider_ldusage.rows.coverage import Coverage


def test_coverages_are_equal_where_they_cover_the_same() -> None:
    found = Coverage("id", frozenset({"a", "b"}))
    assert found == Coverage("id", frozenset({"b", "a"}))
    assert found != Coverage("key", frozenset({"a", "b"}))
    with pytest.raises(FrozenInstanceError):
        found.column = "key"  # type: ignore[misc]
