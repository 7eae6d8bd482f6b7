"""The files of the page: complete, small, and without an address outside. Chromium reads them in tests/browser."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

import airflow_provider_ldusage

STATIC = Path(airflow_provider_ldusage.__file__).parent / "ui" / "static"
VENDOR = STATIC / "vendor"
SCRIPTS = sorted(path for path in STATIC.rglob("*.js") if path.parent != VENDOR)
STYLES = sorted(STATIC.glob("*.css"))
SPECS = sorted((STATIC / "specs").glob("*.json"))
PAGE = (STATIC / "usage.html").read_text()
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
SVG = "http://www.w3.org/2000/svg"


def name(path: Path) -> str:
    return path.relative_to(STATIC).as_posix()


def test_the_page_loads_every_module_at_once() -> None:
    """Else the browser would learn of a module only when it has read the one that imports it."""
    loaded = re.findall(r'(?:src|rel="modulepreload" href)="\.\./static/([^"]+\.js)"', PAGE)
    assert sorted(loaded) == sorted(map(name, SCRIPTS))


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_what_a_module_imports_is_there(path: Path) -> None:
    for imported, origin in re.findall(r'^import ([^;]+?) from "([^"]+)";', path.read_text(), re.M | re.S):
        source = (path.parent / origin).read_text()
        for each in re.findall(r"\w+", imported.replace("* as ", "").replace(",", " ")) if "{" in imported else ():
            assert re.search(rf"export (?:const|class|function|async function|\{{[^}}]*)\s*{each}\b", source), each


@pytest.mark.parametrize("path", [*SCRIPTS, *STYLES], ids=name)
def test_a_file_is_small_and_its_lines_short(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= 300
    assert [line for line in lines if len(line) > 120] == []


@pytest.mark.parametrize("path", [*SCRIPTS, *STYLES, *SPECS, STATIC / "usage.html"], ids=name)
def test_no_file_names_an_address_outside(path: Path) -> None:
    assert set(re.findall(r"(?:https?:)?//[\w.-]+\.\w{2,}[^\"\s]*", path.read_text())) <= {
        SCHEMA,
        SVG,
        SVG.partition(":")[2],
    }


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_names_from_the_usage_cannot_become_markup_or_code(path: Path) -> None:
    makers = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|DOMParser"
    assert re.findall(makers, path.read_text()) == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_spec_names_its_data_and_its_styles(path: Path) -> None:
    charts = (STATIC / "charts.js").read_text()
    spec = json.loads(path.read_text())
    assert spec["$schema"] == SCHEMA
    layers = spec.get("layer", [spec])
    for layer in layers:
        assert re.search(rf'"?{layer["mark"]["style"]}"?: \{{', charts), layer["mark"]["style"]
        assert set(layer.get("data", spec.get("data"))) == {"name"}


def test_the_vendored_files_are_those_that_are_written_down() -> None:
    written = dict(
        re.findall(r"^\| `([\w.-]+\.js)` \| .* \| `([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text(), re.M)
    )
    assert written == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}
    for path in VENDOR.glob("*.js"):
        package = path.name.removesuffix(".min.js")
        assert "Redistribution and use in source and binary forms" in (VENDOR / f"LICENSE.{package}").read_text()


def test_what_the_style_sheets_name_is_set_in_both_themes() -> None:
    css = (STATIC / "themes.css").read_text()
    light, dark = (set(re.findall(r"^ +(--[\w-]+):", block, re.M)) for block in css.split("}")[:2])
    used = {
        each for path in [*STYLES, *SCRIPTS] for each in re.findall(r"(?:var\(|colour\(\")(--[\w-]+)", path.read_text())
    }
    assert used <= light
    assert light == dark
