// All owners of a meter: a table that sorts and narrows, and the same rows as CSV.

import { download } from "../csv.js";
import { el, section } from "../dom.js";
import { alike, change, isKnown, money, number, percent } from "../format.js";
import { SortedTable, filterBox } from "../table.js";
import { growth, growthPercent, parts } from "./owner_rows.js";

/** A name, with its key where that says more. */
function named(name, key) {
    if (!isKnown(name)) return null;
    if (!isKnown(key) || key === name) return el("bdi", {}, name);
    return el("span", {}, el("bdi", {}, name), " ", el("span", { class: "muted" }, key));
}

function nameColumns(level) {
    const flag = (row) => row.unattributed && el("span", { class: "tag" }, "unattributed");
    const column = (title, key) => ({
        title,
        cell: (row) => {
            const shown = named(parts(row)[key], row[`${key}_key`]);
            const first = key === "project";
            return first
                ? el("span", { class: "keyed" }, shown ?? el("span", { class: "muted" }, "no project"), flag(row))
                : shown;
        },
        value: (row) => parts(row)[key],
    });
    const columns = [column("Project", "project")];
    if (level !== "project") columns.push(column("Environment", "environment"));
    if (level === "application") columns.push(column("Application", "application"));
    return columns;
}

function figureColumns(currency, rows) {
    const text = alike(rows.map((row) => row.period_to_date));
    const figure = (title, key, cell, why) => ({ title, kind: "number", cell, value: (row) => number(row[key]), why });
    const before = "no figure for the same day of the period before";
    return [
        figure("Own figure", "period_to_date", (row) => text(row.period_to_date)),
        figure("Share", "share", (row) => (isKnown(row.share) ? percent(100 * row.share) : null)),
        figure("Allocated", "allocated", (row) => text(row.allocated)),
        { title: "Change", kind: "number", cell: (row) => change(growth(row), text), value: growth, why: before },
        {
            title: "Change in %",
            kind: "number",
            cell: (row) => change(growthPercent(row)),
            value: growthPercent,
            why: before,
        },
        ...(currency
            ? [figure("Cost", "cost", (row) => money(row.cost, row.currency ?? currency), "no price given")]
            : []),
    ];
}

const FIELDS = [
    "meter",
    "level",
    "project_id",
    "project_key",
    "project_name",
    "environment_id",
    "environment_key",
    "environment_name",
    "application_id",
    "unattributed",
    "period_to_date",
    "share",
    "allocated",
    "before",
    "cost",
];

function csvRows(rows, currency, through) {
    const head = [...FIELDS, "currency", "through"];
    return [head, ...rows.map((row) => [...FIELDS.map((field) => row[field]), currency, through])];
}

/** The section with every owner. */
export function allOwners(owners, meter, level, through) {
    const columns = [...nameColumns(level), ...figureColumns(meter.currency, owners.rows)];
    const table = new SortedTable("All owners", columns, owners.rows, {
        by: "Allocated",
        descending: true,
        none: "No owner has these words.",
    });
    const texts = (row) => [
        ...Object.values(parts(row)),
        row.project_key,
        row.environment_key,
        row.unattributed && "unattributed",
    ];
    const filter = filterBox("Find", owners.rows, texts, (rows) => table.show(rows));
    const name = ["usage", meter.meter, level, through].filter(Boolean).join("-");
    const save = el(
        "button",
        {
            type: "button",
            click: () => download(`${name}.csv`, csvRows(table.inOrder(), meter.currency, through)),
        },
        "Download CSV",
    );
    const note = el(
        "p",
        { class: "note" },
        "“Change” compares own figures with the same day of the period before. The CSV has the rows as they are shown.",
    );
    return section("All owners", [note, table.element], el("div", { class: "choices" }, filter, save));
}
