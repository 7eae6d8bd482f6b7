"""What stands around the package: links that PyPI shows too, workflows, the registry's entry."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.get_provider_info import get_provider_info
from airflow_provider_ldusage.lake.place import OBJECT_STORES
from airflow_provider_ldusage.operators import destination
from tests.docs.pages import anchors

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parent.parent
PROJECT = (ROOT / "pyproject.toml").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
README = (ROOT / "README.md").read_text()
SOURCE = re.findall(r'^Source = "(.+)"$', PROJECT, re.M)[0]
RAW = SOURCE.replace("https://github.com", "https://raw.githubusercontent.com")
GUIDES = ["AGENTS.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"]
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / ".github" / "workflows").glob("*.yml")}
JOBS = {f"{name}.{job}": body for name, workflow in WORKFLOWS.items() for job, body in workflow["jobs"].items()}


# --- links


def links(text: str) -> list[str]:
    """The targets of inline links and of reference definitions."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"^\[[^\]]+\]: (\S+)$", text, re.M)


def test_the_readme_has_no_relative_link_as_pypi_knows_no_repository() -> None:
    assert [link for link in links(README) if not link.startswith(("https://", "#"))] == []


def test_the_readmes_links_into_the_repository_lead_to_files() -> None:
    inside = [link for link in links(README) if re.match(r"https://[\w.]+/[^/]+/airflow-provider-ldusage/", link)]
    assert len(inside) > 15
    for link in inside:
        place = re.fullmatch(rf"(?:{SOURCE}/blob|{RAW})/main/([^\s#]+)#?(\S*)", link)
        assert link == f"{SOURCE}/issues" or (place and (ROOT / place[1]).is_file()), link
        assert not place or not place[2] or place[2] in anchors((ROOT / place[1]).read_text()), link


def test_the_readmes_pictures_are_there_in_light_and_dark() -> None:
    shown = re.findall(r' (?:src|srcset)="([^"]+)"', README)
    names = [link.removeprefix(f"{RAW}/main/") for link in shown]
    assert [name for name in names if not (ROOT / name).is_file()] == []
    dark = {name.replace("-dark.", "-light.") for name in names if "-dark." in name}
    assert dark == {name for name in names if "-light." in name} != set()


def test_the_readmes_references_are_all_defined_and_all_used() -> None:
    defined = re.findall(r"^\[([^\]]+)\]: ", README, re.M)
    assert sorted(set(re.findall(r"\]\[([^\]]+)\]", README))) == sorted(defined)


def test_every_page_of_the_docs_is_in_the_readme() -> None:
    pages = {f"{SOURCE}/blob/main/docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert pages <= set(links(README))


@pytest.mark.parametrize("page", GUIDES)
def test_a_guides_links_lead_somewhere(page: str) -> None:
    for link in links((ROOT / page).read_text()):
        advisory = link == "../../security/advisories/new"  # GitHub's form, from any page of the repository
        assert link.startswith("https://") or advisory or (ROOT / link.partition("#")[0]).is_file(), link


def test_the_repository_has_one_address() -> None:
    files = [*ROOT.glob("*.md"), *ROOT.glob(".*.yaml"), ROOT / "pyproject.toml", *(ROOT / "docs").glob("*.md")]
    named = {
        (path.name, address)
        for path in files
        for address in re.findall(r"https://github\.com/[\w.-]+/airflow-provider-ldusage\b", path.read_text())
    }
    assert {address for _, address in named} == {SOURCE}, named


def test_airflow_and_the_registry_lead_to_the_list_of_pages() -> None:
    """Airflow's page of providers takes the link whose name begins with Documentation (3.0 alone takes none)."""
    (documentation,) = re.findall(r'^Documentation = "(.+)"$', PROJECT, re.M)
    assert documentation == f"{SOURCE}#documentation"
    assert "\n## Documentation\n" in README
    assert yaml.safe_load((ROOT / ".airflow-registry.yaml").read_text())["docs-url"] == documentation


# --- the guides


def spans(page: str) -> set[str]:
    """Everything in single backticks."""
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(), flags=re.S)
    return set(re.findall(r"`([^`\n]+)`", text))


@pytest.mark.parametrize("page", [*GUIDES, "docs/architecture.md"])
def test_every_file_and_folder_that_a_guide_names_is_there(page: str) -> None:
    homes = (ROOT, ROOT / "airflow_provider_ldusage", ROOT / ".github" / "workflows")
    named = {span for span in spans(page) if re.fullmatch(r"[a-zA-Z.][\w./-]*(\.(py|md|ya?ml|toml)|/)", span)}
    missing = sorted(name for name in named if not any((home / name).exists() for home in homes))
    assert missing == []


def test_every_door_that_a_guide_or_workflow_names_is_in_the_makefile() -> None:
    doors = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.M))
    texts = [*((ROOT / page).read_text() for page in GUIDES), *(step.get("run", "") for step in steps())]
    named = {door for text in texts for door in re.findall(r"(?:^|`|& )make (?:--silent )?([a-z-]+)", text, re.M)}
    assert named - doors == set()
    assert len(named) > 8


# --- workflows


def steps() -> Iterator[dict[str, Any]]:
    for job in JOBS.values():
        yield from job.get("steps", ())
    for path in (ROOT / ".github" / "actions").rglob("action.yml"):
        yield from yaml.safe_load(path.read_text())["runs"]["steps"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_read_and_no_more_unless_a_job_says_so(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    assert "concurrency" in WORKFLOWS[name]


def test_only_the_release_has_further_permissions() -> None:
    assert {name: job["permissions"] for name, job in JOBS.items() if "permissions" in job} == {
        "release.publish": {"id-token": "write"},
        "release.release": {"contents": "write"},
    }
    assert JOBS["release.publish"]["environment"]["name"] == "pypi"


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if "uses" not in job])
def test_every_job_ends_in_time(name: str) -> None:
    assert JOBS[name]["timeout-minutes"] <= 60


def test_every_action_is_of_one_major_version() -> None:
    used = {step["uses"] for step in steps() if "uses" in step}
    pinned = re.compile(r"\./\.github/actions/\w+|[\w-]+/[\w-]+@v\d+|pypa/gh-action-pypi-publish@release/v1")
    assert [action for action in used if not pinned.fullmatch(action)] == []
    names = [action.partition("@")[0] for action in used]
    assert len(names) == len(set(names)), used


def test_ci_runs_on_the_pythons_that_the_package_promises() -> None:
    promised = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', PROJECT)
    for job in ("ci.fast", "ci.test"):
        assert JOBS[job]["strategy"]["matrix"]["python"] == promised


EXTRAS = re.findall(r"^(\w+) = ", PROJECT.partition("[project.optional-dependencies]")[2].partition("\n[")[0], re.M)


def test_ci_tests_every_airflow_of_the_matrix() -> None:
    assert (
        JOBS["ci.matrix"]["strategy"]["matrix"]["airflow"]
        == re.findall(r"^AIRFLOW \?= (.*)$", MAKEFILE, re.M)[0].split()
    )


def test_ci_tests_every_store_that_has_an_extra() -> None:
    assert re.findall(r"^STORES \W?= (.*)$", MAKEFILE, re.M)[0].split() == EXTRAS
    assert JOBS["ci.stores"]["strategy"]["matrix"]["store"] == EXTRAS


@pytest.mark.parametrize("extra", EXTRAS)
def test_each_extra_is_known_wherever_stores_are_listed(extra: str) -> None:
    places = {
        "airflow_provider_ldusage/operators/destination.py": f'"{extra}"',
        "tests/stores/conftest.py": f'"{extra}": ',
        "tests/stores/test_refusals.py": f'"{extra}")',
        "docs/stores.md": f"| `airflow-provider-ldusage[{extra}]` |",
        "docs/dependencies.md": f"`{extra}`",
        "README.md": f"`{extra}`",
    }
    assert {name for name, text in places.items() if text not in (ROOT / name).read_text()} == set()


def test_each_scheme_of_a_store_has_its_extra() -> None:
    assert (tuple(destination.EXTRAS), list(destination.EXTRAS.values())) == (OBJECT_STORES, EXTRAS)


def test_ci_is_green_only_if_every_job_is() -> None:
    assert set(JOBS["ci.green"]["needs"]) == set(WORKFLOWS["ci"]["jobs"]) - {"green"}


def test_no_expression_stands_in_a_shell_command_but_of_the_matrix() -> None:
    for step in steps():
        assert re.findall(r"\$\{\{ (?!matrix\.)[^}]*", step.get("run", "")) == []


# --- the registry


@pytest.mark.airflow
def test_the_registry_lists_every_class_that_airflow_is_told_of() -> None:
    entry = yaml.safe_load((ROOT / ".airflow-registry.yaml").read_text())
    info = get_provider_info()
    assert entry["package-name"] == info["package-name"]
    assert entry["source-url"] == SOURCE
    for kind in ("operators", "sensors", "hooks"):
        modules = [module for group in info[kind] for module in group["python-modules"]]
        public = {
            f"{module}.{name}"
            for module in modules
            for name, found in vars(importlib.import_module(module)).items()
            if name.startswith("LaunchDarkly") and getattr(found, "__module__", "") == module
        }
        assert {item["module"] for item in entry[kind]} == public
        assert all(item["description"] for item in entry[kind])
