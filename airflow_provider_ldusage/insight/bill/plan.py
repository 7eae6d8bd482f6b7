"""What an account's contract includes, and what costs more.

LaunchDarkly's API tells neither, so the plan is given by whoever knows the contract.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.insight.bill.meters import METERS
from airflow_provider_ldusage.log_text import shown
from airflow_provider_ldusage.near_misses import not_allowed

TERMS = ("included", "price", "per", "currency")
EXAMPLE = '{"clientside_mau": {"included": 100000, "price": "8.33", "per": 1000, "currency": "USD"}}'


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one meter.

    :param included: units of a period that cost nothing more; None: not known
    :param price: of ``per`` units beyond them; None: not known
    :param per: units that the price is for
    :param currency: of the price, such as ``USD``
    """

    included: Decimal | None = None
    price: Decimal | None = None
    per: Decimal = Decimal(1)
    currency: str | None = None

    def percent(self, quantity: float | None) -> float | None:
        """A quantity in per cent of what is included; None if either is not known, or nothing is included."""
        if quantity is None or not self.included:
            return None
        return float(100 * _exact(quantity) / self.included)

    def cost(self, quantity: float | None) -> float | None:
        """The cost of what a quantity has beyond what is included; None if the quantity or the price is not known.

        Part of ``per`` units costs that part of the price. It is computed in decimals and not rounded, so that a price
        of 0.1 is exactly that; an invoice may round.
        """
        if quantity is None or self.price is None:
            return None
        beyond = max(_exact(quantity) - (self.included or 0), Decimal(0))
        return float(beyond / self.per * self.price)


@dataclass(frozen=True, slots=True)
class Plan:
    """The terms of each meter, by its name. Meters without any have just figures."""

    terms: Mapping[str, Terms] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: object) -> Plan:
        """Check a plan.

        :param plan: meter -> ``included``, ``price``, ``per`` and ``currency``, all optional; or the same as JSON text;
            None or an empty text: no terms are known
        :raises UsageArgumentError: naming what is wrong, and what is allowed
        """
        if isinstance(plan, str):
            plan = _from_json(plan)
        if plan is None:
            return cls()
        if not isinstance(plan, Mapping):
            raise UsageArgumentError(f"plan={shown(plan)} must be a dict.", f"For example {EXAMPLE}.")
        if unknown := [name for name in plan if name not in METERS]:
            raise not_allowed("plan", unknown[0], METERS, ": it is no meter")
        return cls({name: _terms(name, found) for name, found in plan.items()})

    def of_meter(self, name: str) -> Terms:
        """The terms of a meter; none where the plan does not have it."""
        return self.terms.get(name, Terms())


def _from_json(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise UsageArgumentError(f"plan={shown(text)} is no JSON: {error}.", f"For example {EXAMPLE}.") from error


def _terms(meter: str, found: object) -> Terms:
    argument = f"plan[{meter!r}]"
    if not isinstance(found, Mapping):
        raise UsageArgumentError(f"{argument}={shown(found)} must be a dict.", f"For example {EXAMPLE}.")
    if unknown := [name for name in found if name not in TERMS]:
        raise not_allowed(argument, unknown[0], TERMS)
    included, price, per = (_number(f"{argument}[{name!r}]", found.get(name)) for name in ("included", "price", "per"))
    if per == 0:
        raise UsageArgumentError(f"{argument}['per'] is 0.", "Give the number of units that the price is for.")
    currency = _currency(f"{argument}['currency']", found.get("currency"))
    return Terms(included, price, Decimal(1) if per is None else per, currency)


def _number(argument: str, value: object) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise UsageArgumentError(f"{argument}={shown(value)} must be a number.", f"For example {EXAMPLE}.")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise UsageArgumentError(
            f"{argument}={shown(value)} must be a number.", "Write it without a unit or thousands separators."
        ) from error
    if not number.is_finite() or number < 0:
        raise UsageArgumentError(f"{argument}={shown(value)} must be 0 or more.", "Leave it out if it is not known.")
    return number


def _currency(argument: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch("[A-Z]{3}", value):
        raise UsageArgumentError(
            f"{argument}={shown(value)} is no currency.", "Give its ISO 4217 code: three capital letters, such as USD."
        )
    return value


def _exact(quantity: float) -> Decimal:
    """A float as the shortest decimal number that stands for it, which is the one that people see."""
    return Decimal(repr(float(quantity)))
