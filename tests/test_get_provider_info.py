"""What Airflow reads at start-up. Wrong keys there are ignored in silence, so they are held against a list here."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from airflow_provider_ldusage.get_provider_info import get_provider_info
from tests.names import find

pytestmark = pytest.mark.airflow

CONNECTION_KEYS = {"connection-type", "hook-class-name", "hook-name", "ui-field-behaviour", "conn-fields"}
BEHAVIOUR_KEYS = {"hidden-fields", "relabeling", "placeholders"}
FIELD_KEYS = {"label", "description", "schema"}
SCHEMA_KEYS = {"type", "enum", "default", "minimum", "maximum", "format"}
STANDARD_FIELDS = {"host", "schema", "login", "password", "port", "extra", "description"}
FORMATS = {"json", "password", "multiline"}


@pytest.fixture(scope="module")
def connection_type() -> dict:
    (entry,) = get_provider_info()["connection-types"]
    return entry


def test_it_fits_airflows_schema() -> None:
    import airflow
    import jsonschema

    schema = json.loads((Path(airflow.__file__).parent / "provider_info.schema.json").read_text())
    jsonschema.validate(get_provider_info(), schema)


def test_every_key_is_one_that_airflow_reads(connection_type: dict) -> None:
    assert connection_type.keys() <= CONNECTION_KEYS
    behaviour = connection_type["ui-field-behaviour"]
    assert behaviour.keys() <= BEHAVIOUR_KEYS
    assert set(behaviour["hidden-fields"]) | behaviour["relabeling"].keys() <= STANDARD_FIELDS
    for field in connection_type["conn-fields"].values():
        assert field.keys() == FIELD_KEYS
        assert field["schema"].keys() <= SCHEMA_KEYS
        assert field["schema"].get("format") in {None, *FORMATS}


def test_airflow_knows_the_option_of_the_page() -> None:
    from airflow_provider_ldusage.ui.lakes import OPTION, SECTION

    (option,) = get_provider_info()["config"][SECTION]["options"].items()
    assert option[0] == OPTION
    code = (
        "import airflow.configuration as c; c.conf.load_providers_configuration();"
        f"print(repr(c.conf.get({SECTION!r}, {OPTION!r}, fallback='')))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert eval(done.stdout.splitlines()[-1]) == ""


def test_the_form_offers_every_extra_that_the_connection_understands(connection_type: dict) -> None:
    from airflow_provider_ldusage.api.config import EXTRAS

    assert set(connection_type["conn-fields"]) == set(EXTRAS)


def test_the_classes_it_names_exist_and_agree(connection_type: dict) -> None:
    module, name = connection_type["hook-class-name"].rsplit(".", 1)
    hook = getattr(importlib.import_module(module), name)
    assert hook.conn_type == connection_type["connection-type"]
    assert hook.hook_name == connection_type["hook-name"]
    for section in ("hooks", "operators"):
        for entry in get_provider_info()[section]:
            for module in entry["python-modules"]:
                importlib.import_module(module)


@dataclass
class Form:
    """The form as this Airflow shows it.

    :param extras: labels of the fields that are stored in Extra
    :param labels: other labels of standard fields
    """

    name: str
    extras: list[str]
    labels: dict[str, str]
    hidden: set[str]


def form() -> Form:
    service = find("airflow.api_fastapi.core_api.services.ui.connections:HookMetaService")
    if service is None:  # Airflow 2
        found = find("airflow.providers_manager:ProvidersManager")()
        fields = found.connection_form_widgets
        extras = [field.field.args[0] for name, field in fields.items() if name.startswith("extra__launchdarkly__")]
        shown = found.field_behaviours["launchdarkly"]
        return Form(found.hooks["launchdarkly"].hook_name, extras, shown["relabeling"], set(shown["hidden_fields"]))
    (meta,) = [item for item in service.hook_meta_data() if item.connection_type == "launchdarkly"]
    standard = {name: value for name, value in meta.standard_fields if value}
    return Form(
        meta.hook_name,
        [field["schema"]["title"] for field in (meta.extra_fields or {}).values()],
        {name: value.title for name, value in standard.items() if value.title},
        {"schema" if name == "url_schema" else name for name, value in standard.items() if value.hidden},
    )


def test_airflow_shows_the_connection_form(connection_type: dict) -> None:
    """In a process of its own: Airflow asks the hook once, and in its own way only if it is the first to do so."""
    code = "from tests.test_get_provider_info import form; print(form())"
    done = subprocess.run([sys.executable, "-W", "always", "-c", code], check=True, capture_output=True, text=True)
    assert [line for line in done.stderr.splitlines() if "ldusage" in line and "Warning" in line] == []
    found = eval(done.stdout.splitlines()[-1])
    assert found.name == "LaunchDarkly"
    assert sorted(found.extras) == sorted(field["label"] for field in connection_type["conn-fields"].values())
    assert found.labels == connection_type["ui-field-behaviour"]["relabeling"]
    assert found.hidden == set(connection_type["ui-field-behaviour"]["hidden-fields"])


def test_importing_it_imports_nothing_else_of_the_package() -> None:
    code = (
        "import sys; import airflow_provider_ldusage.get_provider_info as m; m.get_provider_info();"
        "print(sorted(n for n in sys.modules if n.split('.')[0] in "
        "('airflow', 'pyarrow', 'requests', 'msgspec') or n.startswith('airflow_provider_ldusage')))"
    )
    found = ast.literal_eval(
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout.decode()
    )
    assert found == ["airflow_provider_ldusage", "airflow_provider_ldusage.get_provider_info"]


def test_no_default_is_so_short_that_airflow_warns_of_it(connection_type: dict) -> None:
    """Airflow masks every text in extra, and logs a warning in the first task if one has fewer than five characters."""
    defaults = [field["schema"].get("default") for field in connection_type["conn-fields"].values()]
    assert [default for default in defaults if isinstance(default, str) and len(default) < 5] == []
