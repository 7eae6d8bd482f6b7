"""The door to Airflow's names: each of them is found, whichever Airflow is installed."""

from __future__ import annotations

import warnings

import pytest

from airflow_provider_ldusage import compat

pytestmark = pytest.mark.airflow
OF_PAGES = ("AccessView", "requires_access_view")


@pytest.mark.parametrize("name", [name for name in compat.__all__ if name not in OF_PAGES])
def test_a_name_is_found_without_a_deprecation_warning(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        assert compat.__getattr__(name) is getattr(compat, name)


@pytest.mark.skipif(
    not hasattr(compat.AirflowPlugin, "external_views"), reason="this Airflow shows no pages of plugins"
)
@pytest.mark.parametrize("name", OF_PAGES)
def test_names_that_only_the_page_needs_are_found_where_there_are_pages(name: str) -> None:
    assert compat.__getattr__(name) is getattr(compat, name)


def test_names_for_type_checkers_are_those_that_are_looked_for() -> None:
    assert set(compat.__all__) == set(compat._PLACES)


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="has no 'Nothing'"):
        compat.Nothing  # noqa: B018
