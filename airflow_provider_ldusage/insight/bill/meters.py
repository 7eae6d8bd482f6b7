"""The meters that LaunchDarkly bills, as far as its API reports them.

Meter (abstract)
├── AdditiveMeter   a period's figure is the sum of its days
└── UniqueMeter     a month's figure is the month-to-date figure of its last day

Source: https://launchdarkly.com/docs/home/account/calculating-billing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from airflow_provider_ldusage.insight.bill.periods import CALENDAR, Periods
from airflow_provider_ldusage.metrics import METRICS, Metric

MINUTES_OF_A_CONNECTION = 43_800
"""A month of 365 / 12 days: what LaunchDarkly bills as one service connection."""


@dataclass(frozen=True, slots=True)
class Meter(ABC):
    """A billed meter.

    :param name: the same as that of the metric that it is read from
    :param unit: of its figures
    :param divisor: figures of the metric that make one of the meter
    :cvar aggregation: the metric's aggregation type that it is read from
    """

    name: str
    unit: str
    divisor: int = 1

    aggregation: ClassVar[str]

    @property
    def metric(self) -> Metric:
        """The metric that it is read from."""
        return METRICS[self.name]

    @abstractmethod
    def periods(self, billing: Periods) -> Periods:
        """The periods of its figures.

        :param billing: the account's billing periods
        """


@dataclass(frozen=True, slots=True)
class AdditiveMeter(Meter):
    """A period's figure is the sum of its days, whichever day the period begins on."""

    aggregation: ClassVar[str] = "incremental"

    def periods(self, billing: Periods) -> Periods:
        return billing


@dataclass(frozen=True, slots=True)
class UniqueMeter(Meter):
    """Unique keys are counted by calendar month: a difference of two month-to-date figures counts nothing."""

    aggregation: ClassVar[str] = "month_to_date"

    def periods(self, billing: Periods) -> Periods:
        return CALENDAR


_ALL: tuple[Meter, ...] = (
    UniqueMeter("clientside_mau", "contexts"),
    AdditiveMeter("service_connections", "connections", MINUTES_OF_A_CONNECTION),
    UniqueMeter("experimentation_keys", "context keys"),
    AdditiveMeter("experimentation_events", "events"),
    AdditiveMeter("ai_runs", "runs"),
    AdditiveMeter("data_export_events", "events"),
    AdditiveMeter("warehouse_export", "rows"),
    AdditiveMeter("observability_sessions", "sessions"),
    AdditiveMeter("observability_errors", "errors"),
    AdditiveMeter("observability_logs", "logs"),
    AdditiveMeter("observability_traces", "traces"),
)
METERS: Mapping[str, Meter] = MappingProxyType({meter.name: meter for meter in _ALL})
_PLACES = {name: place for place, name in enumerate(METERS)}


def place_of(name: str) -> int:
    """Where a meter stands in lists: in the order of :data:`METERS`, and one that this version does not know last."""
    return _PLACES.get(name, len(_PLACES))
