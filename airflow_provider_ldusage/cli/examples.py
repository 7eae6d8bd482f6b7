"""``ldusage examples``: the example DAGs that come with the package; copies them into a folder"""

from __future__ import annotations

import argparse
import ast
from pathlib import Path
from typing import Any

from airflow_provider_ldusage.cli.output import Result, table_text
from airflow_provider_ldusage.exceptions import UsageArgumentError

PACKAGE = Path(__file__).parent.parent
FOLDER = "dags_examples"
USAGE = "[--copy DIR]"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--copy", metavar="DIR", type=Path, help="copy them there, such as into the folder of DAGs")
    parser.add_argument("--force", action="store_true", help="replace files of the same name that differ")


def run(given: argparse.Namespace) -> Result:
    """:raises UsageArgumentError: a file of the same name is there, and differs; nothing was copied"""
    if given.force and given.copy is None:
        raise UsageArgumentError("--force is for --copy DIR.", "Leave it out, or give --copy DIR.")
    found = [{"name": path.name, "about": _title(path), "path": str(path)} for path in examples()]
    if given.copy is None:
        text = table_text(["example", "what it does"], [[each["name"], each["about"]] for each in found])
        return Result({"examples": found}, f"{text}\n\nldusage examples --copy DIR copies them.")
    copied = copy(given.copy, force=given.force)
    made = [{**each, "copied_to": str(path)} for each, path in zip(found, copied, strict=True)]
    return Result({"examples": made}, "\n".join(map(str, copied)))


def examples() -> list[Path]:
    """Return the files of the examples: in the package where it is installed, beside it in a checkout."""
    folder = next(each for each in (PACKAGE / FOLDER, PACKAGE.parent / FOLDER) if each.is_dir())
    return sorted(folder.glob("*.py"))


def copy(folder: Path, *, force: bool) -> list[Path]:
    """Copy the examples into a folder, which is made if need be. Files that are the same already are left alone.

    :param force: whether to replace files that differ
    :raises UsageArgumentError: a file differs and is not to be replaced
    """
    if folder.exists() and not folder.is_dir():
        raise UsageArgumentError(f"{folder} is no folder.", "Give a folder, or a name that is free.")
    wanted = {folder / path.name: path.read_bytes() for path in examples()}
    differing = [path for path, data in wanted.items() if path.exists() and path.read_bytes() != data]
    if differing and not force:
        names = ", ".join(path.name for path in differing)
        raise UsageArgumentError(f"{folder} has other files of these names: {names}.", "Give --force to replace them.")
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in wanted.items():
        if not path.exists() or path in differing:
            path.write_bytes(data)
    return list(wanted)


def _title(path: Path) -> str:
    """The first sentence of a file's docstring."""
    text: Any = ast.get_docstring(ast.parse(path.read_text()))
    return str(text or "").partition("\n\n")[0].replace("\n", " ").replace("``", "")
