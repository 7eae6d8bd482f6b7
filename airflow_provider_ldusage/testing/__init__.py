"""A LaunchDarkly simulator and pytest fixtures, for tests of this provider and of the DAGs that use it.

Standard library only; pytest is needed for `airflow_provider_ldusage.testing.fixtures` alone. In a `conftest.py`:

    pytest_plugins = ["airflow_provider_ldusage.testing.fixtures"]

Beside a development Airflow: `python -m airflow_provider_ldusage.testing.simulator --port 8765`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_ldusage.testing.simulator import Simulator
    from airflow_provider_ldusage.testing.switches import Switches

__all__ = ["Simulator", "Switches"]


def __getattr__(name: str) -> Any:
    # Lazy, so that `python -m ...testing.simulator` does not import its module twice.
    if name == "Simulator":
        from airflow_provider_ldusage.testing.simulator import Simulator

        return Simulator
    if name == "Switches":
        from airflow_provider_ldusage.testing.switches import Switches

        return Switches
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
