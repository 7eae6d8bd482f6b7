"""Made-up objects for the page: a bill, its owners, the lake's health, and what is out of date. The same each time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

Record = dict[str, Any]

LAST = date(2026, 11, 21)
START, END = date(2026, 11, 1), date(2026, 12, 1)
OUR = {"version": 1, "written_at": "2026-11-22T06:12:00Z", "through": LAST.isoformat(), "late": None}
PROJECTS = (
    "Checkout",
    "Search",
    "Mobile app",
    "Identity",
    "Billing",
    "Growth",
    "Data platform",
    "Support",
    "Internal tools",
    "Partner portal",
    "Website",
    "Experiments",
    "Sandbox",
    "Archive",
)

# meter: unit, figure at the period's end, included, price, whether each day has a quantity
METERS: dict[str, tuple[str, float, float | None, float | None, bool]] = {
    "clientside_mau": ("contexts", 112_400, 100_000, 0.00833, False),
    "service_connections": ("connections", 44.2, 50, 10.0, True),
    "experimentation_keys": ("context keys", 61_300, 40_000, 0.002, False),
    "ai_runs": ("runs", 812_000, None, None, True),
    "observability_sessions": ("sessions", 9_400, 25_000, None, True),
}


def days(first: date, end: date) -> Iterator[date]:
    for number in range((end - first).days):
        yield first + timedelta(number)


def grown(figure: float, day: date) -> float:
    """How far a figure has come at the end of a day: quickly at first, and slower at weekends."""
    part = ((day - START).days + 1) / (END - START).days
    return round(figure * part**0.8 * (1 + 0.01 * math.sin(day.toordinal() * 2 * math.pi / 7)), 2)


def past_months() -> list[date]:
    return [date(2025 + (10 + number) // 12, (10 + number) % 12 + 1, 1) for number in range(12)]


def month_end(start: date) -> date:
    return (start + timedelta(31)).replace(day=1)


def meter(name: str) -> Record:
    unit, figure, included, price, _ = METERS[name]
    to_date = grown(figure, LAST)
    passed = [day for day in days(START, END) if included is not None and grown(figure, day) > included]

    def cost(of: float) -> float | None:
        return None if price is None or included is None else max(0.0, of - included) * price

    return {
        "meter": name,
        "unit": unit,
        "period_start": START.isoformat(),
        "period_end": END.isoformat(),
        "day": LAST.isoformat(),
        "period_to_date": to_date,
        "forecast": figure,
        "forecast_low": round(figure * 0.95, 2),
        "forecast_high": round(figure * 1.06, 2),
        "forecast_method": "by weekday",
        "included": included,
        "percent_of_included": included and 100 * to_date / included,
        "cost_to_date": cost(to_date),
        "cost_forecast": cost(figure),
        "currency": "USD" if price else None,
        "exceeds_on": passed[0].isoformat() if passed else None,
        "complete": name != "ai_runs",
        "data_through": "2026-11-22T00:00:00Z",
        "verdict": "at 60% of the plan or more" if name == "service_connections" else "a verdict",
    }


def bill() -> Record:
    each_day, months = [], []
    for name, (_, figure, included, price, by_day) in METERS.items():
        before = 0.0
        for day in days(START, LAST + timedelta(1)):
            to_date = grown(figure, day)
            width = 0.02 + 0.2 / (1 + (day - START).days)
            each_day.append(
                {
                    "meter": name,
                    "day": day.isoformat(),
                    "period_to_date": to_date,
                    "forecast": figure,
                    "forecast_low": round(figure * (1 - width), 2),
                    "forecast_high": round(figure * (1 + width), 2),
                    "quantity": round(to_date - before, 2) if by_day else None,
                }
            )
            before = to_date
        for number, start in enumerate(past_months()):
            total = round(figure * (0.6 + 0.035 * number), 2)
            months.append(
                {
                    "meter": name,
                    "period_start": start.isoformat(),
                    "period_end": month_end(start).isoformat(),
                    "figure": total,
                    "included": included,
                    "complete": number > 0,
                    "currency": "USD" if price else None,
                    "cost": None if price is None else max(0.0, total - (included or 0)) * price,
                }
            )
    missing = ["data_export_events: no table without groups. Load the metric without group_by too."]
    return OUR | {"meters": [meter(name) for name in METERS], "days": each_day, "months": months, "missing": missing}


def weights(count: int) -> list[float]:
    raw = [1 / (1 + number) for number in range(count)]
    return [each / sum(raw) for each in raw]


def owner(meter_name: str, level: str, place: int, share: float) -> Record:
    figure = grown(METERS[meter_name][1], LAST)
    name = PROJECTS[place]
    unattributed = place == 5
    key = None if unattributed else name.lower().replace(" ", "-")
    has_environment, application = level != "project", "Unknown" if unattributed else f"app-{place}"
    return {
        "meter": meter_name,
        "level": level,
        "project_id": f"p{place}",
        "project_key": key,
        "project_name": None if unattributed else name,
        "environment_id": f"e{place}" if has_environment else None,
        "environment_key": "production" if has_environment else None,
        "environment_name": "Production" if has_environment else None,
        "application_id": application if level == "application" else None,
        "unattributed": unattributed,
        "period_to_date": round(figure * share * 1.08, 2),
        "share": share,
        "allocated": figure * share,
        "before": None if place == 3 else round(figure * share * (1.2 - 0.05 * place), 2),
        "cost": 128.4 * share,
    }


def owners() -> Record:
    meters, found, each_day, months = [], [], [], []
    for name, levels in (
        ("clientside_mau", ["project"]),
        ("service_connections", ["project", "environment", "application"]),
    ):
        unit, figure, _, _, additive = METERS[name]
        meters.append({"meter": name, "unit": unit, "currency": "USD", "levels": levels, "additive": additive})
        for level in levels:
            first = len(found)
            shares = weights(len(PROJECTS))
            found += [owner(name, level, place, share) for place, share in enumerate(shares)]
            indices = [*(first + place for place in range(12)), None]
            parts = [*shares[:12], sum(shares[12:])]
            here = {"meter": name, "level": level}
            each_day += [
                here | {"day": day.isoformat(), "owner": index, "allocated": grown(figure, day) * part}
                for day in days(START, LAST + timedelta(1))
                for index, part in zip(indices, parts, strict=True)
            ]
            months += [
                here
                | {
                    "period_start": start.isoformat(),
                    "owner": index,
                    "allocated": figure * (0.6 + 0.035 * number) * part,
                }
                for number, start in enumerate(past_months())
                for index, part in zip(indices, parts, strict=True)
            ]
    return OUR | {"meters": meters, "owners": found, "days": each_day, "months": months}


TABLES = (
    "clientside_mau",
    "mau_by_project",
    "service_connections",
    "service_connections_by_application",
    "experimentation_keys",
    "ai_runs",
    "observability_sessions",
    "flag_evaluations",
    "projects",
    "environments",
    "sdk_versions_details",
)


def load(number: int) -> Record:
    failed = number % 17 == 5
    table = TABLES[number % len(TABLES)]
    day = LAST - timedelta(number // len(TABLES))
    return {
        "table": table,
        "window_start": f"{day - timedelta(2)}",
        "window_end": f"{day + timedelta(1)}",
        "outcome": "failed" if failed else "success",
        "rows": None if failed else 2_000 + 31 * number,
        "requests": 3,
        "written": None if failed else f"{day - timedelta(1)}..{day}",
        "restated": f"{day - timedelta(2)}" if number % 9 == 2 else None,
        "empty": None,
        "kept": None,
        "dag_id": "ldusage daily",
        "run_id": f"scheduled__{day}T06:00:00+00:00",
        "task_id": "usage",
        "map_index": number % len(TABLES),
        "try_number": 1 + failed,
        "loaded_at": f"{day + timedelta(1)}T06:{number % 60:02}:00Z",
    }


def health() -> Record:
    first = date(2026, 8, 14)
    tables, each = [], []
    for place, name in enumerate(TABLES):
        lacks, is_late, restated = place == 5, place in (5, 8), {"2026-11-03": 2, "2026-11-04": 1} if place < 3 else {}
        ranges = [[first.isoformat(), "2026-11-11", "written"]]
        ranges.append(["2026-11-12", "2026-11-13", "missing" if lacks else "empty" if place == 7 else "written"])
        ranges.append(["2026-11-14", "2026-11-19" if is_late else "2026-11-21", "written"])
        ranges += [["2026-11-20", "2026-11-21", "late"]] if is_late else []
        tables.append(
            {
                "table": name,
                "first_day": first.isoformat(),
                "last_day": ranges[2][1],
                "missing": 2 * lacks,
                "late": 2 * is_late,
                "restated": len(restated),
            }
        )
        each.append({"table": name, "ranges": ranges, "restated": restated})
    return OUR | {"tables": tables, "days": each, "loads": [load(number) for number in range(200)]}


def hygiene() -> Record:
    sdks = [
        {
            "project_id": f"p{place}",
            "project_key": name.lower(),
            "project_name": name,
            "environment_key": "production",
            "environment_name": "Production",
            "application_id": None if place % 3 else f"app-{place}",
            "sdk_name": ("node-server-sdk", "python-server-sdk", "react-client-sdk")[place % 3],
            "sdk_version": f"{5 + place % 3}.{place}.1",
            "status": "EolPast" if place < 3 else "EolNear",
            "latest_version": f"{8 + place % 3}.0.0",
            "relay_version": "8.9.1" if place == 4 else None,
            "relay_status": "EolNear" if place == 4 else None,
        }
        for place, name in enumerate(PROJECTS[:9])
    ]
    flags = [
        {
            "project_key": PROJECTS[place % 6].lower(),
            "project_name": PROJECTS[place % 6],
            "environment_key": "production",
            "feature_flag_key": f"{('enable', 'show', 'use')[place % 3]}-thing-{place}",
            "days_without": None if place % 11 == 0 else 31 + place,
            "last_evaluated_on": None if place % 11 == 0 else (LAST - timedelta(31 + place)).isoformat(),
        }
        for place in range(260)
    ]
    return OUR | {"sdks": sdks, "flags": flags, "stale_after": 30}


FIGURES = {"bill": bill(), "owners": owners(), "health": health(), "hygiene": hygiene()}
