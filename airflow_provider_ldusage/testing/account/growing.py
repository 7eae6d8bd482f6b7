"""An account with a history, such as a report or a chart should be seen with.

It begins on a day that the switch ``growing_from`` names. From then on the web shop grows, with quieter weekends. A
loyalty program begins after seven months, and the mobile apps are launched in more countries after twelve. Invoices
make the month's end busy. An old checkout fades away, and is deleted after eleven months. Some SDKs are old, and some
flags are evaluated no longer, or never were.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from airflow_provider_ldusage.testing.account.builder import BOOLEAN, Builder
from airflow_provider_ldusage.testing.account.courses import Course, Growth, Launch, MonthEnd, day_number
from airflow_provider_ldusage.testing.account.deletions import Deletion
from airflow_provider_ldusage.testing.account.model import Account, Application, Flag, Project, Sdk
from airflow_provider_ldusage.testing.account.sdks import ANDROID, GO, IOS, JAVA, JAVASCRIPT, NODE, PYTHON, REACT

LOYALTY_BEGINS, CHECKOUT_FADES, CHECKOUT_IS_DELETED, MOBILE_IS_LAUNCHED = 210, 270, 335, 360
"""Days of the history."""

_DAY_MS, _DAY_MINUTES = 86_400_000, 1440
_CONTEXTS_PER_KEY = (23, 31, 41, 53, 61, 74, 83, 97)
_CHECKOUT = "classic-checkout"


@lru_cache(maxsize=32)
def build_growing_account(account_id: str, first: date, extra_projects: int = 0, extra_flags: int = 0) -> Account:
    """The account with a history: the same arguments give the same ids and names.

    :param account_id: what all ids and figures are derived from
    :param first: the first day of its history
    :param extra_projects: further projects, without usage
    :param extra_flags: further boolean flags in each project
    :returns: the account, without any deletion
    """
    build = Builder(account_id, extra_projects, extra_flags)
    start = day_number(first)
    return Account(
        id=account_id,
        projects=(*_shops(build, start), *_offices(build, start), *build.spare_projects()),
        streaming_destinations=build.streaming_destinations(),
        warehouse_destinations=build.warehouse_destinations(),
        contexts_per_key=_CONTEXTS_PER_KEY,
    )


def deletions_since(first: date) -> tuple[Deletion, ...]:
    """What is deleted in the course of the history.

    :param first: the first day of the history
    """
    return (Deletion((day_number(first) + CHECKOUT_IS_DELETED) * _DAY_MS, _CHECKOUT),)


def _shops(build: Builder, start: int) -> tuple[Project, ...]:
    """The projects that customers see."""
    three = ("production", "staging", "test")
    return (
        build.project(
            "web-shop", "Web shop", three,
            applications=(
                Application(JAVASCRIPT, "checkout-web"), Application(REACT, "storefront"),
                Application(JAVASCRIPT, "Unknown"), Application(NODE, "storefront-server"),
                Application(GO, "orders-api"),
            ),
            flags=_flags(start, "new-checkout", "free-shipping", "search-ranking", "express-payment", "winter-sale"),
            course=Course((Growth(start, 35),), pool=420),
        ),
        build.project(
            "mobile-apps", "Mobile apps", three,
            applications=(
                Application(IOS, "shop-ios"), Application(_only(IOS, "8.5.0"), "kiosk-ios"),
                Application(ANDROID, "shop-android"), Application(JAVA, "mobile-gateway"),
            ),
            flags=_flags(start, "dark-mode", "push-offers", "store-finder", "kiosk-layout"),
            course=Course((Growth(start, 15), Launch(start + MOBILE_IS_LAUNCHED, 1700)), pool=300),
        ),
        build.project(
            "loyalty", "Loyalty program", three[:2],
            applications=(Application(REACT, "loyalty-web"), Application(PYTHON, "points-engine")),
            flags=_flags(start, "double-points", "member-tiers"),
            course=Course((Launch(start + LOYALTY_BEGINS, 1000, before=0, takes=60),), pool=260),
        ),
        build.project(
            _CHECKOUT, "Classic checkout", ("production", "test"),
            applications=(Application(JAVASCRIPT, None), Application(_only(NODE, "8.4.2"), None)),
            flags=_flags(start, "classic-banner"),
            course=Course((Launch(start + CHECKOUT_FADES, 200, takes=60),), pool=240),
            basic=True,
        ),
    )  # fmt: skip


def _offices(build: Builder, start: int) -> tuple[Project, ...]:
    """The projects that employees and partners use."""
    return (
        build.project(
            "back-office", "Back office", ("production", "staging"),
            applications=(
                Application(_only(JAVASCRIPT, "3.1.0"), "intranet"), Application(JAVA, "invoicing"),
                Application(_only(NODE, "8.4.2"), "reports"),
            ),
            flags=_flags(start, "invoice-layout", "bulk-refunds"),
            course=Course((Growth(start, 5), MonthEnd(2200)), pool=30),
        ),
        build.project(
            "partner-api", "Partner API", ("production", "staging"),
            applications=(
                Application(GO, "partner-api"), Application(GO, None), Application(_only(PYTHON, "8.3.0"), "Unknown"),
            ),
            flags=_flags(start, "rate-limits", "webhooks-v2"),
            course=Course((Growth(start, 60),), pool=60),
        ),
    )  # fmt: skip


def _flags(start: int, *keys: str) -> tuple[Flag, ...]:
    """The flags of a project: those that are in use, one that code has left behind, one that nobody ever evaluated."""
    used = tuple(Flag(key, _name(key), BOOLEAN) for key in keys)
    left_behind = Flag(f"{keys[0]}-rollout", f"{_name(keys[0])} rollout", BOOLEAN, ended=(start + 300) * _DAY_MINUTES)
    never = Flag(f"try-{keys[-1]}", f"Try {_name(keys[-1]).lower()}", BOOLEAN, ended=0)
    archived = Flag("old-banner", "Old banner", BOOLEAN, archived=True, ended=(start + 100) * _DAY_MINUTES)
    return (*used, left_behind, never, archived)


def _name(key: str) -> str:
    return key.replace("-", " ").capitalize()


def _only(sdk: Sdk, version: str) -> Sdk:
    """The SDK where nothing but one version of it is in use."""
    return Sdk(
        sdk.name, sdk.category, tuple(each for each in sdk.versions if each.number == version), sdk.latest, sdk.releases
    )
