"""A LaunchDarkly simulator and pytest fixtures, for tests of this provider and of the DAGs that use it.

It needs the standard library only, and pytest for `airflow_provider_ldusage.testing.fixtures`. In a `conftest.py`:

    pytest_plugins = ["airflow_provider_ldusage.testing.fixtures"]

Beside a development Airflow: `python -m airflow_provider_ldusage.testing.simulator --port 8765`.

What users import is in this folder: `simulator`, `switches` and `fixtures`. Below it, each folder imports only from
those before it: `account` (what the account holds), `api` (how LaunchDarkly's API describes it) and `server` (HTTP,
rate limits, faults). Nothing here imports from the rest of the provider.
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
