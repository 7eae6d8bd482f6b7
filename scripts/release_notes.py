"""``make release-notes TAG=v1.2.3``: check that a tag can be released, and print its section of CHANGELOG.md.

Refused: a tag that is not the package's version, a version without a section in the changelog, and, on GitHub, links to
another repository than the one that releases.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def version() -> str:
    """The package's version, read without importing it."""
    text = (ROOT / "airflow_provider_ldusage" / "__init__.py").read_text()
    return re.findall(r'^__version__ = "(.+)"$', text, re.M)[0]


def source() -> str:
    """The repository's address in the package's metadata."""
    return re.findall(r'^Source = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.M)[0]


def section(changelog: str, wanted: str) -> str:
    """What a changelog says of a version, without its heading; empty if there is no such section."""
    found = re.search(rf"^## \[{re.escape(wanted)}\].*?\n(.*?)(?=^## |^\[|\Z)", changelog, re.M | re.S)
    return found[1].strip() if found else ""


def problems(tag: str, version: str, notes: str, source: str, repository: str) -> list[str]:
    """What speaks against releasing a tag.

    :param notes: the changelog's section of the version
    :param source: the repository's address in the metadata
    :param repository: ``owner/name`` of the repository that releases; empty if it is not known
    """
    found = []
    if tag != f"v{version}":
        found.append(f"The tag is {tag!r} and the package's version is {version!r}: the tag must be 'v{version}'.")
    if not notes:
        found.append(f"CHANGELOG.md has no section '## [{version}]', or nothing in it.")
    if repository and source != f"https://github.com/{repository}":
        found.append(
            f"The links of the package lead to {source} and not to https://github.com/{repository}: change them in "
            "pyproject.toml, README.md, CONTRIBUTING.md and .airflow-registry.yaml."
        )
    return found


def main() -> int:
    tag = sys.argv[1] if len(sys.argv) > 1 else ""
    notes = section((ROOT / "CHANGELOG.md").read_text(), version())
    found = problems(tag, version(), notes, source(), os.environ.get("GITHUB_REPOSITORY", ""))
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    print(notes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
