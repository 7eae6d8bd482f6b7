"""Folders and files that belong to another user are known before LaunchDarkly is asked, with their owner and remedy."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake import permission
from airflow_provider_ldusage.lake.layout import day_file, state_file, table_file
from airflow_provider_ldusage.lake.store_errors import failed
from airflow_provider_ldusage.log_text import shortened

IS_ROOT = os.geteuid() == 0
TASK, OTHER = (4711, 4712) if IS_ROOT else (os.geteuid(), os.geteuid())
DAYS = [date(2026, 11, day) for day in (1, 2, 3)]
FILES = [state_file("t", {}), *(day_file("t", day, {}) for day in DAYS)]
# Does something with a lake as another user, and prints what went wrong. All is imported before, as that user may not
# be let into the folders of this project.
SCRIPT = """
import json, os, sys
from pathlib import Path
import pwd
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake import disk, mount, permission
from airflow_provider_ldusage.lake.local import LocalStore
import encodings.latin_1, urllib.request
root, user, what, files = sys.argv[1], int(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])
lake = LocalStore(root, "file://lake")
os.umask(0o022)
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
try:
    if what == "check":
        lake.check("_ldusage/t.json", files)
    elif what == "read":
        lake.read(files[0])
    else:
        lake.put(files[0], b"x")
except StoreError as error:
    print(error)
"""


@pytest.fixture
def root() -> Iterator[Path]:
    """A lake of the task's user, in a folder that all users may look into, as pytest's own are not."""
    above = Path(tempfile.mkdtemp())
    above.chmod(0o755)
    lake = above / "lake"
    for name in [table_file("t"), *FILES]:
        (lake / name).parent.mkdir(parents=True, exist_ok=True)
    (lake / table_file("t")).write_bytes(b"{}")
    (lake / "_ldusage" / "tmp").mkdir()
    own(TASK, lake, *lake.rglob("*"))
    yield lake
    for path in (lake, *lake.rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(above)


def own(user: int, *paths: Path) -> None:
    if IS_ROOT:
        for path in paths:
            os.chown(path, user, user)


def take(*folders: Path) -> None:
    """Give folders to another user; without root, one's own that may not be written into stand for them."""
    own(OTHER, *folders)
    for folder in folders:
        folder.chmod(0o755 if IS_ROOT else 0o555)


def said(root: Path, what: str = "check", files: list[str] | None = None) -> str:
    import json

    command = [sys.executable, "-c", SCRIPT, str(root), str(TASK), what, json.dumps(FILES if files is None else files)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def assert_names(message: str, folder: Path) -> None:
    assert str(folder) in message
    assert f"{folder} belongs to the user " in message and f"id {OTHER}" in message
    assert "has the mode drwx" in message or "has the mode dr-x" in message
    assert f"Let the user with the id {TASK}, who runs this task, write there: chown" in message
    assert "credentials" not in message


def test_a_lake_of_one_s_own_passes(root: Path) -> None:
    assert said(root) == ""
    assert said(root, "put") == ""


@pytest.mark.parametrize(
    "folder", ["t", "t/usage_date=2026-11-02", "_ldusage/state", "_ldusage/state/t", "_ldusage/tmp", "."]
)
def test_a_folder_of_another_user_is_refused_before_anything_is_asked(root: Path, folder: str) -> None:
    take(root / folder)
    message = said(root)
    assert message.startswith(
        f"This task may not write to the folder {root}."
        if folder == "."
        else "Cannot write to the destination: Permission denied ("
    )
    assert message.endswith("(file://lake)")
    assert_names(message, root / folder)


def test_a_folder_that_is_yet_to_be_made_needs_a_folder_to_be_made_in(root: Path) -> None:
    shutil.rmtree(root / "_ldusage" / "state")
    (root / table_file("t")).unlink()
    take(root / "_ldusage")
    assert_names(said(root), root / "_ldusage")


@pytest.mark.parametrize("new", ["lake", "missing/deep/lake", "with blank/lake"])
def test_a_destination_that_may_not_be_made_names_who_must_make_it(root: Path, new: str) -> None:
    """The folder above may be the system's: nobody is told to give that away."""
    above = root / "others"
    above.mkdir()
    take(above)
    folder = above / new
    quoted = shlex.quote(str(folder))
    remedy = (
        f"Make it for the user with the id {TASK}, who runs this task (as root: mkdir -p {quoted} && chown {TASK} "
        f"{quoted}), or give another destination."
    )
    cause = f"this task may not write to {shortened(str(above), 75)}."
    assert said(folder) == f"Cannot make the folder {shortened(str(folder), 75)}: {cause} {remedy} (file://lake)"
    late = said(folder, "put", [FILES[1]])
    assert late == str(failed("write to", f"file://lake/{FILES[1]}", f"Permission denied ({above})", remedy))


def test_days_that_the_load_does_not_write_are_not_looked_at(root: Path) -> None:
    take(root / "t" / "usage_date=2026-11-02")
    assert said(root, files=[FILES[0], FILES[1], FILES[3]]) == ""


def test_many_folders_are_counted_and_the_first_is_named(root: Path) -> None:
    take(*(root / name for name in ("t/usage_date=2026-11-01", "t/usage_date=2026-11-02", "t/usage_date=2026-11-03")))
    message = said(root)
    assert_names(message, root / "t" / "usage_date=2026-11-01")
    assert "and 2 others like it" in message and len(message) < 600


def test_a_day_s_file_that_may_not_be_read_is_refused(root: Path) -> None:
    file = root / FILES[1]
    file.write_bytes(b"x")
    own(OTHER, file)
    file.chmod(0o600 if IS_ROOT else 0o000)
    message = said(root)
    assert f"{file} belongs to the user " in message and "has the mode -" in message
    late = said(root, "read", [FILES[1]])
    assert late.startswith("Cannot read the destination: ") and f"(file://lake/{FILES[1]}" in late
    assert f"{file} belongs to" in late and "credentials" not in late


@pytest.mark.skipif(not IS_ROOT, reason="needs two users: a file cannot be given to another without root")
def test_a_file_that_a_sticky_folder_keeps_is_refused(root: Path) -> None:
    """As /tmp: all may write, and none may replace what is another's."""
    file = root / FILES[1]
    file.write_bytes(b"x")
    own(OTHER, file, file.parent)
    file.parent.chmod(0o1777)
    message = said(root)
    assert f"{file} belongs to the user with the id {OTHER} and has the mode -rw-r--r--" in message
    file.unlink()
    assert said(root) == ""


def test_what_fails_later_names_the_folder_too(root: Path) -> None:
    """An older day, or one that another task made meanwhile."""
    take(root / "t" / "usage_date=2026-11-02")
    message = said(root, "put", [FILES[2]])
    assert message.startswith("Cannot write to the destination: Permission denied (")
    assert_names(message, root / "t" / "usage_date=2026-11-02")


def test_a_user_is_named_where_this_machine_knows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pwd, "getpwuid", lambda _: SimpleNamespace(pw_name="airflow"))
    assert f"the user 'airflow' (id {os.geteuid()})" in permission.unwritable(tmp_path)


def test_launchdarkly_is_not_asked_if_a_day_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_ldusage.engine.load import load
    from airflow_provider_ldusage.lake.local import LocalStore
    from airflow_provider_ldusage.query import UsageQuery
    from airflow_provider_ldusage.windows import resolve_window

    query = UsageQuery.build("ai_runs")
    day = tmp_path / day_file(query.default_table, DAYS[1], {})
    day.parent.mkdir(parents=True)
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != day.parent and access(path, mode))
    asked: Any = object()  # a client that cannot be asked for anything
    with pytest.raises(StoreError, match="usage_date=2026-11-02"):
        load(
            asked,
            query,
            resolve_window(start=DAYS[0], end=date(2026, 11, 4)),
            LocalStore(str(tmp_path), "file://lake"),
        )
