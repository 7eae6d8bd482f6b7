"""What a check does when it finds something: the argument ``checks``."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_ldusage.checks import CHECKS
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.log_text import shown
from airflow_provider_ldusage.near_misses import not_allowed

LEVELS = ("off", "warn", "fail")
DEFAULT_LEVEL = "warn"


def check_levels(checks: Mapping[str, str] | None) -> dict[str, str]:
    """Every check's level; those not given warn.

    :raises UsageArgumentError: for an unknown check or level, naming what is allowed
    """
    if checks is not None and not isinstance(checks, Mapping):
        raise UsageArgumentError(
            f"checks={shown(checks)} must be a dict.", 'For example {"gaps": "fail", "falling": "off"}.'
        )
    levels = dict.fromkeys(CHECKS, DEFAULT_LEVEL)
    for name, level in (checks or {}).items():
        if name not in CHECKS:
            raise not_allowed("checks", name, CHECKS)
        if level not in LEVELS:
            raise not_allowed(f"checks[{name!r}]", level, LEVELS)
        levels[name] = level
    return levels
