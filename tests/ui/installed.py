"""The plugin as Airflow finds it."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path


def installed(path: Path) -> Path:
    """A folder that makes the package's plugin known where it is run without being installed."""
    if not entry_points(group="airflow.plugins", name="ldusage"):
        folder = path / "usage_page-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: usage-page\nVersion: 1\n")
        plugin = "airflow_provider_ldusage.ui.plugin:UsagePlugin"
        (folder / "entry_points.txt").write_text(f"[airflow.plugins]\nldusage = {plugin}\n")
    return path
