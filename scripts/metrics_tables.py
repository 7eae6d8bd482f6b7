"""The tables of docs/metrics.md, written from the catalogue: ``python scripts/metrics_tables.py``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from airflow_provider_ldusage.metrics import METRICS, History, Metric, snake_case  # noqa: E402 - it is found only now

PAGE = ROOT / "docs" / "metrics.md"
NOTHING = "\N{EN DASH}"
HISTORY = {History.SERIES: "series", History.DAILY_LIST: "daily list", History.SNAPSHOT: "snapshot"}


def code(*names: str) -> str:
    return " ".join(f"`{name}`" for name in names) or NOTHING


def summary(metric: Metric) -> list[str]:
    names = re.compile(rf"\b({'|'.join(name for name in METRICS if '_' in name)})\b")
    return [code(metric.name), names.sub(r"`\1`", metric.summary)]


def meaning(metric: Metric) -> list[str]:
    series = metric.is_series or metric.name == "data_export_project_ranking"
    sums = [("yes" if flag else "no") if series else NOTHING for flag in
            (metric.additive_over_time, metric.additive_over_groups)]  # fmt: skip
    name = f"[`{metric.name}`]({metric.documentation})" + (" (deprecated)" if metric.deprecated else "")
    return [name, metric.unit, *sums, HISTORY[metric.history], code(*filter(None, [metric.default_aggregation]))]


def asking(metric: Metric) -> list[str]:
    if metric.automatic_granularity:
        offered = ["chosen by the API"]
    else:
        offered = [
            f"`{name}`: {', '.join(one for one in granularities if one != 'monthly') or 'daily'}"
            for name, granularities in metric.aggregations.items()
        ]
    filters = " ".join(f"`{item.name}`" + ("" if item.repeat else "¹") for item in metric.filters)
    dimensions = [*metric.own_dimensions, *(name for names in metric.companions.values() for name in names)]
    path = code(*(argument.name for argument in metric.path_arguments))
    return [code(metric.name), path, code(*metric.groupings), code(*map(snake_case, dimensions)), filters or NOTHING,
            "; ".join(offered) or NOTHING]  # fmt: skip


def endpoint(metric: Metric) -> list[str]:
    unit = (metric.time_unit + (", doubtful" if metric.unit_uncertain else "")) if metric.takes_range else NOTHING
    return [code(metric.name), code(f"GET {metric.path}"), code(metric.answer.value), unit]


TABLES = {
    "summary": (summary, ["metric", "in one sentence"]),
    "meaning": (meaning, ["metric", "unit", "sum over time", "sum over groups", "history", "default"]),
    "asking": (asking, ["metric", "path arguments", "`group_by`", "columns added by the API", "`filters`",
                        "`aggregation_type`: `granularity`"]),
    "endpoints": (endpoint, ["metric", "endpoint", "answer", "`from`, `to`"]),
}  # fmt: skip


def with_tables(page: str) -> str:
    """The page with every table between its markers written anew."""
    for name, (row, headings) in TABLES.items():
        lines = [headings, ["---"] * len(headings), *(row(metric) for metric in METRICS.values())]
        table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
        page, count = re.subn(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", rf"\1{table}\2", page, flags=re.S)
        assert count == 1
    return page


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
