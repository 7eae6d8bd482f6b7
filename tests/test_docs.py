"""README and docs hold what the code does: names exist, tables agree, links resolve, examples run.

``python tests/test_docs.py`` writes the tables of docs/metrics.md anew from the catalogue.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.api import config
from airflow_provider_ldusage.chunks import widen
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.load import load
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.get_provider_info import get_provider_info
from airflow_provider_ldusage.lake.commit import ON_EMPTY, Commit
from airflow_provider_ldusage.lake.parquet import COMPRESSIONS
from airflow_provider_ldusage.lake.state import Known, State, Status, parse
from airflow_provider_ldusage.metrics import METRICS, History, Metric, snake_case
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator, Switches, fixtures
from airflow_provider_ldusage.testing.fixtures import (  # noqa: F401
    launchdarkly_connection,
    launchdarkly_options,
    launchdarkly_simulator,
)
from airflow_provider_ldusage.windows import RunWindow

ROOT = Path(__file__).parent.parent
PAGES = {page.name: page.read_text() for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
NOW = datetime(2026, 11, 12, 9, 30, tzinfo=timezone.utc)
LAKE = "/data/launchdarkly"  # where the examples say that the lake is
HISTORY = {History.SERIES: "series", History.DAILY_LIST: "daily list", History.SNAPSHOT: "snapshot"}


# --- reading a page


def blocks(language: str) -> list[Any]:
    fenced = re.compile(rf"```{language}\n(.*?)```", re.S)
    found = [(name, block) for name, text in PAGES.items() for block in fenced.findall(text)]
    return [pytest.param(block, id=f"{name}-{number}") for number, (name, block) in enumerate(found)]


def python_blocks(pattern: str, but: str = "$^") -> list[Any]:
    texts = [(block, block.values[0]) for block in blocks("python")]
    return [block for block, text in texts if re.search(pattern, text) and not re.search(but, text)]


def prose(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.S)


def spans() -> set[str]:
    """Everything in single backticks."""
    return {span for text in PAGES.values() for span in re.findall(r"`([^`\n]+)`", prose(text))}


def rows(page: str, first: str) -> list[list[str]]:
    """The body of the table whose first column has this heading, cell by cell, without backticks."""
    table = re.search(rf"^\| `?{re.escape(first)}`? \|.*\n\|[-:| ]+\|\n((?:\|.*\n)+)", PAGES[page], re.M)
    assert table, f"{page} has no table of {first}"
    lines = [line.strip("|").split(" | ") for line in table[1].splitlines()]
    return [[cell.strip().replace("`", "") for cell in line] for line in lines]


def column(page: str, first: str, number: int = 0) -> list[str]:
    return [row[number] for row in rows(page, first)]


# --- the tables of docs/metrics.md


def code(*names: str) -> str:
    return " ".join(f"`{name}`" for name in names) or "–"


def meaning(metric: Metric) -> list[str]:
    series = metric.is_series or metric.name == "data_export_project_ranking"
    sums = [("yes" if flag else "no") if series else "–" for flag in
            (metric.additive_over_time, metric.additive_over_groups)]  # fmt: skip
    name = f"[`{metric.name}`]({metric.documentation})" + (" (deprecated)" if metric.deprecated else "")
    return [name, metric.unit, *sums, HISTORY[metric.history], code(*filter(None, [metric.default_aggregation]))]


def asking(metric: Metric) -> list[str]:
    if metric.automatic_granularity:
        offered = ["chosen by the API"]
    else:
        offered = [
            f"`{name}`: {', '.join(one for one in granularities if one != 'monthly') or 'daily'}"
            for name, granularities in metric.aggregations.items()
        ]
    filters = " ".join(f"`{item.name}`" + ("" if item.repeat else "¹") for item in metric.filters)
    dimensions = [*metric.own_dimensions, *(name for names in metric.companions.values() for name in names)]
    path = code(*(argument.name for argument in metric.path_arguments))
    return [code(metric.name), path, code(*metric.groupings), code(*map(snake_case, dimensions)), filters or "–",
            "; ".join(offered) or "–"]  # fmt: skip


def endpoint(metric: Metric) -> list[str]:
    unit = (metric.time_unit + (", doubtful" if metric.unit_uncertain else "")) if metric.takes_range else "–"
    return [code(metric.name), code(f"GET {metric.path}"), code(metric.answer.value), unit]


TABLES = {
    "meaning": (meaning, ["metric", "unit", "sum over time", "sum over groups", "history", "default"]),
    "asking": (asking, ["metric", "path arguments", "`group_by`", "columns added by the API", "`filters`",
                        "`aggregation_type`: `granularity`"]),
    "endpoints": (endpoint, ["metric", "endpoint", "answer", "`from`, `to`"]),
}  # fmt: skip


def with_tables(page: str) -> str:
    for name, (row, headings) in TABLES.items():
        lines = [headings, ["---"] * len(headings), *(row(metric) for metric in METRICS.values())]
        table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
        page, count = re.subn(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", rf"\1{table}\2", page, flags=re.S)
        assert count == 1
    return page


def test_the_metrics_page_is_the_catalogue() -> None:
    assert with_tables(PAGES["metrics.md"]) == PAGES["metrics.md"], "run: python tests/test_docs.py"


# --- tables and lists


def ours(kind: str) -> dict[str, Any]:
    """Classes of ours in the modules that the provider announces as its operators, sensors or hooks."""
    modules = [name for entry in get_provider_info().get(kind, ()) for name in entry["python-modules"]]
    found = {name: each for module in modules for name, each in vars(importlib.import_module(module)).items()}
    return {name: each for name, each in found.items() if re.match("LaunchDarkly", name) and not name.endswith("Error")}


def operators() -> dict[str, Any]:
    return ours("operators")


def arguments() -> set[str]:
    """What the operators and sensors take, Airflow's own arguments among it."""
    classes = {base for each in {**operators(), **ours("sensors")}.values() for base in each.__mro__[:-1]}
    return {name for each in classes for name in inspect.signature(each.__init__).parameters}


@pytest.mark.airflow
def test_the_readme_names_every_operator_with_its_metrics() -> None:
    documented = {name: metrics.split() for name, metrics in rows("README.md", "operator")}
    families = {name: found.family for name, found in operators().items() if found.family}
    assert documented == {
        name: [metric.name for metric in METRICS.values() if metric.family == family]
        for name, family in families.items()
    }
    usage = [metric for metric in METRICS.values() if metric.family != "dimensions"]
    assert f"all {len(usage)} endpoints" in PAGES["README.md"]


@pytest.mark.airflow
def test_the_arguments_are_those_of_the_operator() -> None:
    operator = operators()["LaunchDarklyUsageOperator"]
    real = {}
    for name, parameter in inspect.signature(operator.__init__).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            default = "required" if parameter.default is parameter.empty else json_like(name, parameter.default)
            real[name] = [default, "yes" if name in operator.template_fields else "no"]
    assert {row[0]: row[1:3] for row in rows("operators.md", "argument")} == real


def json_like(name: str, value: Any) -> str:
    if isinstance(value, bool) and name == "deferrable":
        return "Airflow's setting"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def test_the_errors_are_those_of_the_package_and_say_which_are_retried() -> None:
    bases = ("LaunchDarklyUsageError", "LaunchDarklyApiError")
    real = {
        name: "no" if found.permanent else "yes"
        for name, found in vars(exceptions).items()
        if isinstance(found, type) and issubclass(found, exceptions.LaunchDarklyUsageError) and name not in bases
    }
    assert {row[0]: row[-1] for row in rows("operators.md", "error")} == real
    assert set(column("connection.md", "error")) <= set(real)


def test_the_connections_fields_are_those_that_are_read() -> None:
    documented = {row[0]: row[1] for row in rows("connection.md", "key")}
    assert sorted(documented) == sorted(config.EXTRAS)
    defaults = config.ClientConfig(token="t")
    assert float(documented["timeout"]) == defaults.timeout
    assert float(documented["max_wait"]) == defaults.max_wait
    assert dict(rows("connection.md", "instance")) == dict(config.INSTANCES)


@pytest.mark.parametrize("block", blocks("json"))
def test_a_connection_in_json_is_accepted(block: str) -> None:
    example = json.loads(block)
    if "conn_type" in example:
        assert set(example["extra"]) <= set(config.EXTRAS)
        config.config_from_connection(None, example["password"], example["extra"])


def json_example(page: str, key: str) -> dict[str, Any]:
    found = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGES[page], re.S)]
    return next(example for example in found if key in example)


def keys(value: Any, name: str = "") -> set[str]:
    if isinstance(value, dict) and name not in ("filters", "schema"):
        return {f"{name}.{key}" for key in value} | set().union(*(keys(v, f"{name}.{k}") for k, v in value.items()))
    return set()


def test_the_xcom_example_has_the_keys_of_a_report() -> None:
    report = Report("t", "u", Window(date(2026, 11, 1), date(2026, 11, 2)), "the schedule").to_xcom()
    example = json_example("operators.md", "window")
    assert list(example) == list(report)
    assert keys(example) == keys(report)
    days = sum(example["days"][name]["count"] for name in example["days"])
    assert days == (date.fromisoformat(example["window"][1]) - date.fromisoformat(example["window"][0])).days


def test_what_becomes_of_a_day_is_told_in_full() -> None:
    assert column("lake.md", "list")[:7] == list(Commit().lists())
    assert column("lake.md", "on_empty") == list(ON_EMPTY)


def test_the_state_is_as_told() -> None:
    example = json_example("lake.md", "table_id")
    state = parse(json.dumps(example).encode(), example["table_id"], "the example")
    assert state != State(example["table_id"]), "it can be read"
    assert json.loads(state.to_json({}, NOW + timedelta(days=10))) == example
    assert column("lake.md", "status") == [status.value for status in Status]


def test_the_compressions_and_the_engines_that_were_asked_are_as_told() -> None:
    assert column("lake.md", "compression") == list(COMPRESSIONS)
    asked = re.findall(r'Engine\(\s*"([^"]+)"', (ROOT / "scripts" / "engines" / "__main__.py").read_text())
    assert column("lake.md", "engine") == asked


def test_the_look_back_is_as_told() -> None:
    for what, _, loaded in rows("windows.md", "figures"):
        yesterday = Window(NOW.date() - timedelta(days=1), NOW.date())
        window = widen(yesterday, NOW, lookback=None, cumulative=what == "month_to_date")
        assert loaded == f"{window.start:%m-%d} to {window.end - timedelta(days=1):%m-%d}"


def test_the_switches_and_fixtures_exist_and_have_these_defaults() -> None:
    types = inspect.get_annotations(Switches, eval_str=True)
    for name, values, _ in rows("testing.md", "switch"):
        default = getattr(Switches(), name)
        readings = [str(reading) for reading in get_args(types[name]) if isinstance(reading, str)]
        assert values == (", ".join(readings) or repr(default)), name
    assert set(column("testing.md", "fixture")) == {name for name in vars(fixtures) if name.startswith("launchdarkly_")}
    names = {name for cell in column("testing.md", "name") for name in cell.split(", ")}
    assert names <= {name for name in vars(Simulator) if not name.startswith("_")}


def test_the_doors_are_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.M))
    assert {cell.removeprefix("make ") for cell in column("testing.md", "door")} <= targets
    assert {span.split()[1] for span in spans() if re.match(r"make [a-z]", span)} <= targets


def test_the_dependencies_are_those_of_the_package() -> None:
    tomllib = pytest.importorskip("tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    name = re.compile(r"[A-Za-z0-9-]+")
    runtime = [name.match(text)[0] for text in project["project"]["dependencies"]]
    tables = re.findall(r"\| package .*?\n\n", PAGES["dependencies.md"], re.S)
    documented = [re.findall(r"^\| `(\S+)` \|", table, re.M) for table in tables]
    assert sorted(documented[0]) == sorted(runtime)
    assert sorted(documented[1]) == sorted(name.match(text)[0] for text in project["dependency-groups"]["dev"])
    assert column("dependencies.md", "extra") == list(project["project"]["optional-dependencies"])
    assert project["project"]["readme"] == "README.md"


@pytest.mark.airflow
def test_what_airflow_brings_is_as_told() -> None:
    brought: set[str] = set()
    waiting = ["apache-airflow"]
    while waiting:
        package = waiting.pop()
        if package in brought:
            continue
        brought.add(package)
        try:
            wanted = importlib.metadata.requires(package) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        waiting += [re.match(r"[\w.-]+", text)[0].lower() for text in wanted if "extra ==" not in text]  # type: ignore[index]
    for package, told, _ in rows("dependencies.md", "package")[:8]:
        assert told == ("yes" if package in brought else "no"), package


# --- names and links


def known_names() -> set[str]:
    """Names of ours, and the few of Airflow's that the pages speak of, which have an underscore."""
    queries = [UsageQuery.build(m.name, group_by=m.groupings) for m in METRICS.values()
               if not m.path_arguments and m.name != "data_export_events"]  # fmt: skip
    return {
        *METRICS, *config.EXTRAS, *vars(ours("hooks")["LaunchDarklyUsageHook"]),
        *Switches().as_json(), *vars(fixtures), *vars(Simulator),
        *arguments(),
        *(name for metric in METRICS.values() for name in (metric.family, *metric.aggregations)),
        *(found.name for query in queries for found in query.schema),
        *Report("t", "u", Window(date(2026, 11, 1), date(2026, 11, 2)), "the schedule").to_xcom(),
        *json.loads(State("id").to_json({}, NOW)), *Known._fields, *(status.value for status in Status),
        "usage_date", "filter_project_key", "additive_over_time", "additive_over_groups", "content_sha256",
        "ldusage_destination", "run_after", "logical_date", "default_args", "default_deferrable", "max_active_tasks",
        "catchup",
        "return_value", "conn_type", "launchdarkly_default",
        # of the connections to object stores
        "account_host", "account_name", "endpoint_url", "google_cloud_platform", "tenant_id", "token_uri",
        UsageQuery.build("service_connections", group_by=["projectId", "sdkName"]).default_table,
    }  # fmt: skip


@pytest.mark.airflow
def test_every_name_that_looks_like_ours_exists() -> None:
    classes = {*operators(), *ours("sensors"), *ours("hooks"), *vars(exceptions)}
    api = {"dataThrough"}.union(*([*m.groupings, *(f.name for f in m.filters)] for m in METRICS.values()))
    names = known_names()
    for span in sorted(spans()):
        word = re.match(r"\w+", span)
        if re.fullmatch(r"LaunchDarkly\w+|[A-Z]\w+Error", span):
            assert span in classes, span
        elif re.fullmatch(r"airflow_provider_ldusage[\w.]*", span):
            assert importlib.util.find_spec(span), span
        elif re.fullmatch(r"(tests|dags_examples|scripts)/\S*", span):
            assert (ROOT / span).exists(), span
        elif re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", span):
            assert span in names, span
        elif re.fullmatch(r"[a-z]+[A-Z]\w*", span):
            assert span in api, span
        elif re.fullmatch(r"[a-z_]+=.+", span) and word and word[0] not in ("run_offset",):
            assert word[0] in names, span
    assert not [span for span in spans() if re.match(r"/(work|tmp|home|root)\b", span)]


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    folder = ROOT if page == "README.md" else ROOT / "docs"
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(PAGES[page])):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        found = (folder / path).resolve() if path else folder / page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found.read_text()), target


# --- examples


@pytest.mark.parametrize("block", blocks("python"))
def test_every_python_example_compiles(block: str) -> None:
    compile(block, "example", "exec")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A lake with the tables that the examples read, loaded from the simulator."""
    from fsspec.implementations.local import LocalFileSystem

    from airflow_provider_ldusage.api.client import UsageClient
    from airflow_provider_ldusage.lake.stores import open_store

    root = tmp_path_factory.mktemp("lake")
    flags = {"project_key": "default", "environment_key": "production"}
    with Simulator(now=NOW) as simulator:
        connection = simulator.connection()
        for table, arguments in {
            "service_connections": {"metric": "service_connections", "group_by": ["projectId", "sdkName"]},
            None: {"metric": "total_mau", "group_by": ["projectId"]},
            "projects": {"metric": "projects"},
            "evaluations": {"metric": "evaluations", **flags},
        }.items():
            client = UsageClient(config.config_from_connection(connection["host"], connection["password"], {}))
            store = open_store(LocalFileSystem(), str(root), root.as_uri())
            with client:
                window = Window(date(2026, 10, 25), date(2026, 11, 13))
                load(client, UsageQuery.build(**arguments), RunWindow(window, "the test"), store, table, now=NOW)
    yield root


@pytest.mark.parametrize("block", blocks("sql"))
def test_every_query_answers(lake: Path, block: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    assert LAKE in block
    with duckdb.connect() as connection:
        assert connection.execute(block.replace(LAKE, str(lake))).fetchall()


def test_the_rows_of_the_readme_are_those_of_the_example(lake: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    shown = rows("README.md", "time")
    columns = "strftime(time, '%Y-%m-%d %H:%M UTC'), value, project_id, sdk_name, coalesce(extra, 'null'), usage_date"
    source = f"read_parquet('{lake}/service_connections/*/*.parquet', hive_partitioning = true)"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        stored = connection.execute(f"SELECT {columns} FROM {source} WHERE usage_date = '{shown[0][-1]}'").fetchall()
    assert shown == [[str(cell) for cell in row] for row in stored]


def test_the_query_for_a_month_gives_its_last_month_to_date(lake: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    query = next(block.values[0] for block in blocks("sql") if "arg_max" in block.values[0])
    with duckdb.connect() as connection:
        found = connection.execute(query.replace(LAKE, str(lake))).fetchall()
    with Simulator(now=NOW) as simulator:
        truth = simulator.truth("total-mau", start=date(2026, 10, 31), end=date(2026, 11, 1), group_by=["projectId"])
    october = {project: users for month, project, users in found if month.month == 10}
    assert october == {row["projectId"]: row["value"] for row in truth}


@pytest.mark.parametrize("block", python_blocks(LAKE))
def test_polars_and_pyarrow_examples_read_the_lake(lake: Path, block: str, capsys: pytest.CaptureFixture[str]) -> None:
    if "polars" in block:
        pytest.importorskip("polars")
    exec(block.replace(LAKE, str(lake)), {})
    if "print" in block:
        assert "shape: (0" not in capsys.readouterr().out


def test_a_table_describes_itself_as_told(lake: Path) -> None:
    import pyarrow.parquet as pq

    example = json_example("lake.md", "identity")
    real = json.loads((lake / "_ldusage" / "service_connections.json").read_text())
    drawn = {"account": None, "id": None}
    assert {**example, **drawn} == {**real, **drawn}
    assert keys(example) == keys(real)
    (path, *_) = sorted((lake / "service_connections").glob("*/all.parquet"))
    footer = {key.decode() for key in pq.read_metadata(path).metadata if key.startswith(b"ldusage.")}
    assert {span for span in spans() if re.fullmatch(r"ldusage\.\w+", span)} == footer
    projects = [column["name"] for column in json.loads((lake / "_ldusage" / "projects.json").read_text())["schema"]]
    listed = dict(rows("lake.md", "list")[7:] or re.findall(r"\| `(projects)` \| (.*) \|", PAGES["lake.md"]))
    assert [*listed["projects"].replace("`", "").split(), "extra"] == projects


@pytest.mark.airflow
@pytest.mark.usefixtures("launchdarkly_connection")
@pytest.mark.parametrize("block", python_blocks(r"Operator(\.partial)?\(", but="with DAG"))
def test_every_operator_example_loads(block: str, tmp_path: Path) -> None:
    """Its tasks are rendered and executed against the simulator; of mapped ones, the first of each list."""
    from airflow.sdk import DAG
    from airflow.sdk.execution_time import macros

    with DAG("example", schedule=None) as dag:
        names: dict[str, Any] = {}
        exec(block, names)
    now = datetime.now(timezone.utc)
    context = {
        "dag_run": SimpleNamespace(run_after=now, conf={}), "macros": macros,
        "var": {"value": {"ldusage_destination": tmp_path.as_uri()}},
    }  # fmt: skip
    loads = [task for task in dag.tasks if task.task_type in operators()]
    assert loads
    for task in loads:
        if task.is_mapped:
            listed = {name: one if isinstance(one, list) else names["each_project"].function()
                      for name, one in task.expand_input.value.items()}  # fmt: skip
            task = task.unmap({name: one[0] for name, one in listed.items()})
        task.render_template_fields(context)
        report = task.execute(context)
        assert report["rows"] > 0
        assert report["skipped"] is None


@pytest.mark.airflow
@pytest.mark.usefixtures("launchdarkly_connection")
@pytest.mark.parametrize("block", python_blocks("get_usage"))
def test_the_hooks_example_runs(block: str) -> None:
    names: dict[str, Any] = {}
    exec(block, names)
    assert names["usage"].column_names == ["time", "value", "project_id", "extra"]


@pytest.mark.parametrize("block", python_blocks("with Simulator"))
def test_the_simulators_example_runs(block: str) -> None:
    names: dict[str, Any] = {}
    exec(block, names)
    expected = Switches(settle_days=0, retention_days=30, not_in_plan=frozenset({"vega-ai"}))
    assert names["launchdarkly"].switches == expected


@pytest.mark.airflow
def test_the_pytest_example_passes(tmp_path: Path) -> None:
    (dag,) = (block.values[0] for block in python_blocks("with DAG"))
    (conftest,) = (block.values[0] for block in python_blocks("pytest_plugins"))
    (tests,) = (block.values[0] for block in python_blocks("def test_"))
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "launchdarkly_usage.py").write_text(dag)
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "test_dag.py").write_text(tests)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        capture_output=True, text=True, cwd=tmp_path, env={**clean, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert f"{tests.count('def test_')} passed" in done.stdout


if __name__ == "__main__":
    (ROOT / "docs" / "metrics.md").write_text(with_tables(PAGES["metrics.md"]))
