"""Names as of a day."""

from __future__ import annotations

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.bill.names import NOT_NAMED, KnownNames, Named, Names, read_names
from tests.insight.figures import day
from tests.insight.lakes import ReportLake

DAYS = list(Window(day("03-01"), day("03-06")).days())


def test_a_day_has_the_names_that_were_seen_by_the_day_after() -> None:
    names = Names(projects={day("03-02"): {"p": Named("old", "Old")}, day("03-05"): {"p": Named("new", "New")}})
    found = names.of_days(DAYS)
    assert [found[each].project("p").key for each in DAYS] == ["old", "old", "old", "new", "new"]


def test_what_is_gone_keeps_its_last_name() -> None:
    lists = {day("03-02"): {"p": Named("gone", "Gone")}, day("03-04"): {"q": Named("here", "Here")}}
    found = Names(projects=lists).of_days(DAYS)[day("03-05")]
    assert (found.project("p").key, found.project("q").key, found.project("r")) == ("gone", "here", NOT_NAMED)


def test_without_a_list_nothing_is_known_rather_than_nothing_named() -> None:
    found = Names(environments={day("03-04"): {}}).of_days(DAYS)
    assert (found[day("03-02")].environments, found[day("03-03")].environments) == (None, {})
    assert found[day("03-03")].projects is None
    assert Names(KnownNames({"p": Named("k")})).of_days(DAYS)[DAYS[0]].project("p").key == "k"
    assert KnownNames().project(None) == NOT_NAMED


def test_lists_are_read_from_the_lake(loaded: ReportLake) -> None:
    from airflow_provider_ldusage.lake.inventory import list_of, tables_of

    tables = tables_of(loaded.load.store, with_files=False)
    projects, environments = list_of(tables, "projects"), list_of(tables, "environments")
    names = read_names(loaded.load.store, projects, environments, Window(day("01-01"), day("01-03")), KnownNames())
    assert names.projects.keys() == names.environments.keys() == {day("01-02")}
    found = {named.key for named in names.projects[day("01-02")].values()}
    assert found == {"default", "mobile-app", "data-platform"}
    assert all(named.project_id in names.projects[day("01-02")] for named in names.environments[day("01-02")].values())
    assert read_names(loaded.load.store, None, None, Window(day("01-01"), day("01-03")), KnownNames()) == Names()


def test_a_list_that_was_seen_before_the_days_still_counts(loaded: ReportLake) -> None:
    from airflow_provider_ldusage.lake.inventory import list_of, tables_of

    projects = list_of(tables_of(loaded.load.store, with_files=False), "projects")
    names = read_names(loaded.load.store, projects, None, Window(day("03-01"), day("03-02")), KnownNames())
    assert names.projects.keys() == {day("01-02")}
    (known,) = names.of_days([day("03-01")]).values()
    assert {named.key for named in (known.projects or {}).values()} >= {"data-platform"}
