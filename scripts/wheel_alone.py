"""``make test-wheel``: the wheel, and nothing else of this repository, in an Airflow of its own.

``python scripts/wheel_alone.py VERSION PINS...`` makes an environment below a temporary folder, with what uv installs
for the wheel in ``dist/`` and the pins. There Airflow must list the provider, ``ldusage`` must run, and the README's
DAG must load four days from the simulator that the wheel contains.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
UV = Path(sys.executable).with_name("uv")
PROVIDER = "airflow-provider-ldusage"


def readme_dag() -> str:
    """The DAG of one task that the README shows."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    (found,) = (block for block in blocks if 'with DAG("launchdarkly_usage"' in block)
    return str(found)


class Environment:
    """An environment with the wheel, an Airflow home, a DAGs folder and a lake, all below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, folder / "venv" / "bin"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON"))}
        self.variables = clean | {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "AIRFLOW_HOME": str(folder / "home"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "AIRFLOW_VAR_LDUSAGE_DESTINATION": (folder / "lake").as_uri(),
            "NO_PROXY": "*",
        }

    def install(self, pins: list[str]) -> None:
        (wheel,) = (ROOT / "dist").glob("*.whl")
        self.run(UV, "venv", "--quiet", "--python", sys.executable, self.folder / "venv")
        self.run(UV, "pip", "install", "--quiet", "--python", self.bin / "python", wheel, *pins)

    def run(self, *command: object) -> str:
        """A command's output. It runs elsewhere than in this repository, which Python would find first."""
        done = subprocess.run(
            [str(part) for part in command], cwd=self.folder, env=self.variables, text=True, capture_output=True
        )
        if done.returncode:
            raise SystemExit(f"{shlex.join(map(str, command))}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def listed(self) -> dict[str, object]:
        """What Airflow says of the provider. Some versions log on the same output, before the JSON."""
        text = self.run("airflow", "providers", "get", PROVIDER, "--full", "--output", "json")
        (found,) = json.loads(text[text.index("[{") :])
        return dict(found)

    def load(self) -> int:
        """Run the README's DAG against the wheel's simulator; the number of days that it stored."""
        (self.folder / "dags").mkdir()
        (self.folder / "dags" / "launchdarkly_usage.py").write_text(readme_dag())
        simulator = subprocess.Popen(
            [str(self.bin / "python"), "-m", "airflow_provider_ldusage.testing.simulator", "--port", "0"],
            cwd=self.folder, env=self.variables, text=True, stdout=subprocess.PIPE,
        )  # fmt: skip
        try:
            assert simulator.stdout is not None
            setting = next(line for line in simulator.stdout if line.startswith("export "))
            name, _, value = shlex.split(setting)[1].partition("=")
            self.variables[name] = value
            self.run("airflow", "dags", "test", "launchdarkly_usage")
        finally:
            simulator.terminate()
            simulator.wait()
        (table,) = re.findall(r'table="(\w+)"', readme_dag())
        return len(list((self.folder / "lake" / table).glob("*/all.parquet")))


def main() -> int:
    version, *pins = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        alone = Environment(Path(folder))
        alone.install(pins)
        airflow = alone.run("airflow", "version").split()[-1]
        assert airflow.startswith(version), airflow
        alone.run("airflow", "db", "migrate")
        found = alone.listed()
        assert found["package-name"] == PROVIDER
        ours = alone.run("ldusage", "--version").strip()
        days = alone.load()
        assert days == 4, f"{days} days"
        print(f"Airflow {airflow}: {ours}, listed with {len(found)} fields, {days} days loaded", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
