// Whether the data is right: a calendar of tables by days, and the last loads.

import { el, section } from "../dom.js";
import { amount, day, fullDay, isKnown, minute, shifted } from "../format.js";
import { followOutside, taskRun } from "../links.js";
import { SortedTable, filterBox, plainTable } from "../table.js";
import { calendar } from "./calendar.js";

export const TITLE = "Health";

const count = (key) => ({
    title: key[0].toUpperCase() + key.slice(1),
    kind: "number",
    cell: (row) => (row[key] ? el("strong", { class: `count ${key}` }, amount(row[key])) : amount(row[key])),
});

const TABLES = [
    { title: "Table", cell: (row) => row.table },
    { title: "First day", kind: "whole", cell: (row) => fullDay(row.first_day), why: "nothing stored" },
    { title: "Last day", kind: "whole", cell: (row) => fullDay(row.last_day), why: "nothing stored" },
    ...["missing", "late", "restated"].map(count),
];

const notThere = (what, how) =>
    el(
        "div",
        { class: "panel early" },
        el("p", {}, `${what} is not there yet.`),
        el("p", { class: "action" }, el("strong", {}, "What to do: "), how),
    );

function tables(found) {
    if (!found.tables || !found.days) {
        return [
            section(
                "Tables",
                notThere(
                    "The health of the tables",
                    "Run the report task once more; it notes the state of every table.",
                ),
            ),
        ];
    }
    if (!found.tables.length)
        return [section("Tables", el("p", { class: "panel early" }, "The lake has no tables yet."))];
    const troubled = found.tables.filter((row) => row.missing || row.late).length;
    const told = troubled
        ? `${troubled} of ${found.tables.length} tables lack days or are late.`
        : `All ${found.tables.length} tables have every day that they should have.`;
    return [
        section("Tables", [
            el("p", { class: "total" }, told),
            plainTable("Tables and what they lack, in days", TABLES, found.tables),
        ]),
        section("Calendar", calendar(found.days)),
    ];
}

/** The days of a load's window, whose end is the day after the last. */
function windowText(load) {
    if (!isKnown(load.window_start) || !isKnown(load.window_end)) return null;
    const [first, last] = [load.window_start, shifted(load.window_end, -1)];
    return first === last ? day(first) : `${day(first)} to ${day(last)}`;
}

function runLink(load) {
    const href = taskRun(load);
    if (!href) return load.task_id ?? null;
    const mapped = isKnown(load.map_index) && load.map_index >= 0 ? ` [${load.map_index}]` : "";
    const tried = load.try_number > 1 ? `, try ${load.try_number}` : "";
    return el("a", { href, click: followOutside }, `${load.dag_id} / ${load.task_id}${mapped}${tried}`);
}

/** "2026-11-03..2026-11-05" as "3 Nov to 5 Nov". */
const daysText = (ranges) =>
    ranges ? String(ranges).replaceAll("..", " to ").replace(/\d{4}-\d\d-\d\d/g, day) : null;

const days = (title, key) => ({
    title,
    kind: "whole",
    cell: (row) => daysText(row[key]),
    value: (row) => row[key],
    why: "none",
});

const LOADS = [
    { title: "Loaded (UTC)", kind: "whole", cell: (row) => minute(row.loaded_at), value: (row) => row.loaded_at },
    { title: "Table", cell: (row) => row.table },
    { title: "Window", kind: "whole", cell: windowText, value: (row) => row.window_start },
    {
        title: "Outcome",
        cell: (row) =>
            el("span", { class: `outcome ${/fail|error/.test(row.outcome) ? "bad" : ""}` }, row.outcome ?? "–"),
        value: (row) => row.outcome,
    },
    days("Written", "written"),
    days("Restated", "restated"),
    { title: "Task run", cell: runLink, value: (row) => `${row.dag_id} ${row.task_id}`, why: "not known" },
    { title: "Rows", kind: "number", cell: (row) => amount(row.rows), value: (row) => row.rows },
    { title: "Requests", kind: "number", cell: (row) => amount(row.requests), value: (row) => row.requests },
    days("Empty", "empty"),
    days("Kept", "kept"),
];

function loads(found) {
    if (!found)
        return section(
            "Last loads",
            notThere(
                "The record of loads",
                "Put the report task downstream of the loads; it gathers what they did at its next run.",
            ),
        );
    const table = new SortedTable("The last loads", LOADS, found, {
        by: "Loaded (UTC)",
        descending: true,
        none: "No load has these words.",
    });
    const texts = (row) => [row.table, row.outcome, row.dag_id, row.run_id, row.task_id];
    return section(
        "Last loads",
        table.element,
        filterBox("Find", found, texts, (rows) => table.show(rows)),
    );
}

export function show(found) {
    return [...tables(found), loads(found.loads)];
}
