"""The connection form for Airflow before 3.2, which asks the hook for it: the same fields as in the provider info.

See https://airflow.apache.org/docs/apache-airflow/2.11.0/howto/connection.html#custom-connection-fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_ldusage.get_provider_info import get_provider_info


def widgets() -> dict[str, Any]:
    """The fields that are stored in Extra, as WTForms fields by name.

    None without WTForms, which Airflow 3.0 has only with its FAB provider: it then shows Extra as JSON.
    """
    try:
        return {name: _field(entry) for name, entry in _connection_type()["conn-fields"].items()}
    except ImportError:
        return {}


def behaviour() -> dict[str, Any]:
    """Which standard fields are hidden or have another label, and the placeholders."""
    return {name.replace("-", "_"): found for name, found in _connection_type()["ui-field-behaviour"].items()}


def _connection_type() -> dict[str, Any]:
    (entry,) = get_provider_info()["connection-types"]
    return entry  # type: ignore[no-any-return]


def _field(entry: Mapping[str, Any]) -> Any:
    # Airflow 3.0 and 3.1 put classes of their own in the place of these names, for as long as they ask.
    from flask_appbuilder.fieldwidgets import BS3TextFieldWidget
    from wtforms import IntegerField, StringField
    from wtforms.validators import Optional, any_of

    schema = entry["schema"]
    kind = IntegerField if "number" in schema["type"] else StringField
    allowed = [any_of(schema["enum"])] if "enum" in schema else []
    return kind(
        entry["label"],
        validators=[Optional(), *allowed],
        description=entry["description"],
        default=schema.get("default"),
        widget=BS3TextFieldWidget(),
    )
