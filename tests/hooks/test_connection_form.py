"""The connection form of Airflow before 3.2 has the fields that the provider info gives to later ones."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.get_provider_info import get_provider_info
from airflow_provider_ldusage.hooks import connection_form
from airflow_provider_ldusage.hooks.launchdarkly import LaunchDarklyUsageHook

pytestmark = pytest.mark.airflow

(FORM,) = get_provider_info()["connection-types"]


class Field:
    """A field of WTForms that keeps what it was made with."""

    def __init__(self, label: str, *, validators: list[Any], description: str, default: Any, widget: Any) -> None:
        allowed = [validator for validator in validators if validator != "optional"]
        self.made_of = {"label": label, "description": description, "default": default, "allowed": allowed}
        self.is_optional = "optional" in validators


class Number(Field):
    """WTForms' IntegerField."""


@pytest.fixture
def wtforms(monkeypatch: pytest.MonkeyPatch) -> None:
    """WTForms and its widgets, as Airflow 3.1 stands in for them where they are not installed."""
    modules = {
        "wtforms": SimpleNamespace(IntegerField=Number, StringField=Field),
        "wtforms.validators": SimpleNamespace(Optional=lambda: "optional", any_of=lambda values: values),
        "flask_appbuilder": SimpleNamespace(),
        "flask_appbuilder.fieldwidgets": SimpleNamespace(BS3TextFieldWidget=object),
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.usefixtures("wtforms")
def test_the_fields_are_those_of_the_provider_info() -> None:
    found = LaunchDarklyUsageHook.get_connection_form_widgets()
    assert {name: field.made_of for name, field in found.items()} == {
        name: {
            "label": entry["label"],
            "description": entry["description"],
            "default": entry["schema"].get("default"),
            "allowed": [entry["schema"]["enum"]] if "enum" in entry["schema"] else [],
        }
        for name, entry in FORM["conn-fields"].items()
    }
    assert all(field.is_optional for field in found.values())
    numbers = {name for name, field in found.items() if isinstance(field, Number)}
    assert numbers == {name for name, entry in FORM["conn-fields"].items() if "number" in entry["schema"]["type"]}


def test_the_standard_fields_are_shown_as_the_provider_info_says() -> None:
    behaviour = FORM["ui-field-behaviour"]
    assert LaunchDarklyUsageHook.get_ui_field_behaviour() == {
        "hidden_fields": behaviour["hidden-fields"],
        "relabeling": behaviour["relabeling"],
        "placeholders": behaviour["placeholders"],
    }


def test_without_wtforms_there_are_no_further_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wtforms", None)
    monkeypatch.setitem(sys.modules, "flask_appbuilder", None)
    monkeypatch.setitem(sys.modules, "flask_appbuilder.fieldwidgets", None)
    assert connection_form.widgets() == {}
