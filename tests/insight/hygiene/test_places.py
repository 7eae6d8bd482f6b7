"""Names by ids and by keys."""

from __future__ import annotations

from airflow_provider_ldusage.insight.bill.names import KnownNames, Named
from airflow_provider_ldusage.insight.hygiene.places import NAMES, Places

PLACES = Places(
    KnownNames({"p": Named("default", "Default")}, {"e": Named("test", "Test", "p"), "f": Named("test", "Other", "q")})
)
WHOLE = dict(zip(NAMES, ("p", "default", "Default", "e", "test", "Test"), strict=True))


def test_ids_have_the_names_that_are_known() -> None:
    assert PLACES.by_id({"project_id": "p", "environment_id": "e"}) == WHOLE
    assert PLACES.by_id({"project_id": None, "environment_id": "x"}) == {
        **dict.fromkeys(NAMES), "environment_id": "x",
    }  # fmt: skip


def test_names_that_are_given_count_more_than_those_that_are_known() -> None:
    given = {"project_id": "p", "project_key": "new", "environment_id": "e", "environment_name": None}
    assert PLACES.by_id(given) == {**WHOLE, "project_key": "new"}


def test_keys_have_the_ids_of_their_own_project() -> None:
    assert PLACES.by_key("default", "test") == WHOLE
    assert PLACES.by_key("gone", "test") == {**dict.fromkeys(NAMES), "project_key": "gone", "environment_key": "test"}
    assert Places(KnownNames()).by_key("default", "test")["project_id"] is None
