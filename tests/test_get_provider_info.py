"""What Airflow reads at start-up. Wrong keys there are ignored in silence, so they are held against a list here."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_provider_ldusage.get_provider_info import get_provider_info

pytestmark = pytest.mark.airflow

CONNECTION_KEYS = {"connection-type", "hook-class-name", "hook-name", "ui-field-behaviour", "conn-fields"}
BEHAVIOUR_KEYS = {"hidden-fields", "relabeling", "placeholders"}
FIELD_KEYS = {"label", "description", "schema"}
SCHEMA_KEYS = {"type", "enum", "default", "minimum", "format"}
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


def test_airflow_finds_the_provider_and_its_connection_form() -> None:
    from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService

    (meta,) = [item for item in HookMetaService.hook_meta_data() if item.connection_type == "launchdarkly"]
    assert meta.hook_name == "LaunchDarkly"
    assert set(meta.extra_fields) == set(get_provider_info()["connection-types"][0]["conn-fields"])
    assert meta.standard_fields.password.title == "Access token"
    assert meta.standard_fields.login.hidden


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
