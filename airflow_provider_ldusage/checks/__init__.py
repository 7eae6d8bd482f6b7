"""Data-quality checks: what LaunchDarkly reports, but is worth a look. See ``docs/quality.md``.

They judge days as the table has them after a load, and never ask LaunchDarkly. :mod:`.checks.run` runs those of this
table; each has a module of its own.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from airflow_provider_ldusage.checks.check import Check
from airflow_provider_ldusage.checks.falling import Falling
from airflow_provider_ldusage.checks.gaps import Gaps
from airflow_provider_ldusage.checks.groups import Groups

CHECKS: Mapping[str, type[Check[Any]]] = MappingProxyType({check.name: check for check in (Gaps, Falling, Groups)})
"""Every check by its name, in the order in which they run."""
