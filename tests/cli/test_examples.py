"""``ldusage examples``: the example DAGs, and their copies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.cli import examples

NAMES = ["ldusage.py", "ldusage_budget.py", "ldusage_chargeback.py", "ldusage_consumer.py", "ldusage_partitions.py"]


def test_the_examples_are_listed_with_what_they_do(ldusage: Any, repository: Path) -> None:
    shown = ldusage("examples")
    assert shown.code == 0
    assert max(map(len, shown.lines)) <= 130
    found = ldusage("examples", "--json").data["examples"]
    assert [each["name"] for each in found] == sorted(path.name for path in (repository / "dags_examples").glob("*.py"))
    for each in found:
        assert each["about"] in shown.out and each["about"].endswith(".")


def test_copies_are_the_examples(ldusage: Any, tmp_path: Path, repository: Path) -> None:
    folder = tmp_path / "airflow" / "dags"
    done = ldusage("examples", "--copy", str(folder))
    assert (done.code, done.lines) == (0, [str(folder / name) for name in NAMES])
    for name in NAMES:
        assert (folder / name).read_bytes() == (repository / "dags_examples" / name).read_bytes()
    assert ldusage("examples", "--copy", str(folder)).code == 0, "the same files are no obstacle"


def test_files_that_differ_are_replaced_on_request_alone(ldusage: Any, tmp_path: Path) -> None:
    mine = tmp_path / NAMES[1]
    mine.write_text("mine")
    refused = ldusage("examples", "--copy", str(tmp_path))
    assert (refused.code, refused.out) == (2, "")
    assert NAMES[1] in refused.err and "--force" in refused.err
    assert mine.read_text() == "mine" and not (tmp_path / NAMES[0]).exists(), "nothing was copied"
    done = ldusage("examples", "--copy", str(tmp_path), "--force", "--json")
    assert done.code == 0
    assert [each["copied_to"] for each in done.data["examples"]] == [str(tmp_path / name) for name in NAMES]
    assert mine.read_text() != "mine"


def test_force_alone_and_a_file_as_folder_are_wrong_usage(ldusage: Any, tmp_path: Path) -> None:
    assert ldusage("examples", "--force").code == 2
    (tmp_path / "file").touch()
    assert "is no folder" in ldusage("examples", "--copy", str(tmp_path / "file")).err


def test_an_installed_package_has_them_within(ldusage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "package" / examples.FOLDER
    inside.mkdir(parents=True)
    (inside / "one.py").write_text('"""Loads one.\n\nMore."""\n')
    monkeypatch.setattr(examples, "PACKAGE", tmp_path / "package")
    assert ldusage("examples", "--json").data["examples"][0]["about"] == "Loads one."


def test_the_wheel_has_them(repository: Path) -> None:
    text = (repository / "pyproject.toml").read_text()
    assert f'"dags_examples" = "airflow_provider_ldusage/{examples.FOLDER}"' in text
