"""A real Airflow with servers and a simulated LaunchDarkly account, and a browser: for ``make test-browser`` alone.

The tests share the Airflow, and what a person does there once: the connection, a run of each DAG.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from scripts import thirteen_months
from tests.memory import folder_in_memory
from tests.stores.servers import moto
from tests.system.installation import Airflow

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "dags_examples"
CONNECTION = "launchdarkly_default"
DAILY = "ldusage_daily"
TODAY = datetime.now(timezone.utc).date()

if "LDUSAGE_BROWSER" in os.environ:
    from playwright.sync_api import Browser, Locator

    from tests.browser import pictures
    from tests.browser.page_reader import Reader
    from tests.browser.page_server import serving
    from tests.browser.visitor import Visitor, browsing, visiting
else:
    collect_ignore_glob = ["test_*.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="make the pictures of the README and the docs anew")


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """An account that has grown for a year, and changes with the clock."""
    begins = thirteen_months.history_begins(TODAY)
    with Simulator(switches=Switches(growing_from=begins.isoformat())) as running:
        yield running


@pytest.fixture(scope="session")
def refused(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Connections that loads are refused with, in environment variables: an expired token, an S3 without a bucket."""
    with moto(tmp_path_factory.mktemp("s3")) as url:
        expired = {**simulator.connection(), "password": "api-00000000-0000-4000-8000-000000000000"}
        aws = {"conn_type": "aws", "login": "key", "password": "secret",
               "extra": {"endpoint_url": url, "region_name": "us-east-1"}}  # fmt: skip
        yield {
            "AIRFLOW_CONN_LAUNCHDARKLY_EXPIRED": json.dumps(expired),
            "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(aws),
        }


@pytest.fixture(scope="session")
def airflow(refused: dict[str, str], simulator: Simulator) -> Iterator[Airflow]:
    """A running Airflow whose list of connections is empty, with a lake of thirteen months but for the last days. In a
    folder whose name says nothing, if there is one."""
    named = os.environ.get("LDUSAGE_FOLDER")
    with nullcontext(Path(named)) if named else folder_in_memory() as folder:
        home, dags, lake = (folder / name for name in ("airflow", "dags", "lake"))
        for made in (home, dags, lake):
            made.mkdir()
        for dag in (EXAMPLES / "ldusage.py", *(HERE / "dags").glob("*.py")):
            shutil.copy(dag, dags)
        found = Airflow(home, dags)
        found.environment |= refused | {
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
            "AIRFLOW_VAR_LDUSAGE_DESTINATION": lake.as_uri(),
            "AIRFLOW_VAR_LDUSAGE_PLAN": json.dumps(thirteen_months.PLAN),
        }
        try:
            with ThreadPoolExecutor(1) as pool:
                filled = pool.submit(fill, simulator, lake)
                found.cli("db", "migrate")
                found.start()
            filled.result()
            known = "SELECT count(*) FROM dag HAVING count(*) = 5"
            found.wait("the DAGs to be found", lambda: found.query(known), 120)
            yield found
        finally:
            found.stop()


def fill(simulator: Simulator, lake: Path) -> None:
    """Load all but the days that the daily DAG loads."""
    begins = TODAY - timedelta(days=2)
    for _ in thirteen_months.fill(simulator, lake, begins):
        pass
    thirteen_months.fill_lists(simulator, lake, (begins, TODAY - timedelta(days=1)))  # what nobody can load later
    simulator.now = None


@pytest.fixture(scope="session")
def airflow_url(airflow: Airflow) -> str:
    return f"http://127.0.0.1:{airflow.port}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsing() as found:
        yield found


@pytest.fixture
def visitor(browser: Browser, airflow_url: str) -> Iterator[Visitor]:
    """A person at a browser, who is content with the pages in the end."""
    with visiting(browser, airflow_url) as found:
        yield found


@pytest.fixture(scope="session")
def figures_url() -> Iterator[str]:
    """Where the page stands with made-up figures, without an Airflow."""
    with serving() as url:
        yield url


@pytest.fixture
def reader(browser: Browser, figures_url: str) -> Iterator[Reader]:
    """A person at the page with made-up figures, who sees no error in the end."""
    with visiting(browser, figures_url) as visitor:
        yield Reader(visitor)


@pytest.fixture(scope="session")
def picture(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Takes a picture if that was asked for."""
    return pictures.take if request.config.getoption("--pictures") else lambda visitor, name, height: None


def fill_in(visitor: Visitor, conn_id: str, host: str, token: str) -> Locator:
    """A new connection's form, ready to be saved."""
    visitor.open("/connections")
    visitor.page.get_by_role("button", name="Add Connection").click()
    form = visitor.page.get_by_role("dialog")
    form.locator("[name=connection_id]").fill(conn_id)
    visitor.choose(form, "LaunchDarkly")
    form.locator("[name=host]").fill(host)
    form.locator("[name=password]").fill(token)
    return form


@pytest.fixture(scope="session")
def connection(browser: Browser, airflow_url: str, simulator: Simulator) -> str:
    """The id of a connection that was added through the form."""
    with visiting(browser, airflow_url) as visitor:
        fill_in(visitor, CONNECTION, simulator.url, simulator.token).get_by_role("button", name="Save").click()
        visitor.page.get_by_role("cell", name=CONNECTION).wait_for()
    return CONNECTION


@pytest.fixture(scope="session")
def bill_is_on(browser: Browser, airflow_url: str, connection: str) -> None:
    """The DAG that an asset starts is switched on."""
    with visiting(browser, airflow_url) as visitor:
        visitor.unpause("connections_bill")


@pytest.fixture(scope="session")
def usage_run(browser: Browser, airflow_url: str, bill_is_on: None) -> str:
    """The id of a run of ``launchdarkly_usage``, triggered by its button, that has succeeded."""
    with visiting(browser, airflow_url) as visitor:
        visitor.unpause("launchdarkly_usage")
        run_id = visitor.trigger("launchdarkly_usage")
        visitor.see_success("launchdarkly_usage", run_id)
    return run_id


@pytest.fixture(scope="session")
def daily_run(browser: Browser, airflow: Airflow, airflow_url: str, connection: str) -> str:
    """The id of the daily DAG's run for today's schedule, which begins when the DAG is switched on, and has
    succeeded."""
    with visiting(browser, airflow_url) as visitor:
        visitor.unpause(DAILY)
        found = "SELECT run_id FROM dag_run WHERE dag_id = ?"
        ((run_id,),) = airflow.wait("the run to begin", lambda: airflow.query(found, DAILY), 120)
        visitor.see_success(DAILY, run_id)
    return str(run_id)
