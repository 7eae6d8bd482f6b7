// What is out of date: SDK versions near their end of life, and flags that nobody evaluates.

import { download } from "../csv.js";
import { choice, el, section } from "../dom.js";
import { amount, counted, fullDay, isKnown } from "../format.js";
import { SortedTable, filterBox } from "../table.js";

export const TITLE = "Hygiene";

const project = (row) => row.project_name || row.project_key || row.project_id || null;
const environment = (row) => row.environment_name || row.environment_key || null;
const NAMES = [
    { title: "Project", cell: project },
    { title: "Environment", cell: environment },
];

// LaunchDarkly tells the status of a version, and no date.
const STATUS = { EolPast: "past its end of life", EolNear: "near its end of life" };

const statusText = ({ status }) => (Object.hasOwn(STATUS, status) ? STATUS[status] : status);

function status(row) {
    return el("span", { class: row.status === "EolPast" ? "outcome bad" : "" }, statusText(row));
}

const SDKS = [
    ...NAMES,
    { title: "Application", cell: (row) => row.application_id, why: "the SDK names none" },
    { title: "SDK", cell: (row) => row.sdk_name },
    { title: "Version", cell: (row) => row.sdk_version },
    { title: "Status", cell: status, value: (row) => (row.status === "EolPast" ? 0 : 1) },
    { title: "Newest version", cell: (row) => row.latest_version, why: "not told" },
    { title: "Relay Proxy", cell: (row) => row.relay_version, why: "none" },
];

const flagColumns = (last) => [
    { title: "Project", cell: project },
    { title: "Environment", cell: environment, why: "all environments" },
    { title: "Flag", cell: (row) => el("code", {}, row.feature_flag_key), value: (row) => row.feature_flag_key },
    {
        title: "Last evaluated",
        kind: "whole",
        cell: (row) => fullDay(row.last_evaluated_on),
        value: (row) => row.last_evaluated_on,
        why: "never since it was first asked for",
    },
    {
        title: "Days without",
        kind: "number",
        cell: (row) => amount(row.days_without),
        value: (row) => row.days_without,
        why: `more than ${last}`,
    },
];

/** A table with a box to type in, a select of one field, and CSV. */
function narrowed({ caption, columns, rows, by, descending, field, all, file }) {
    let [kept, word] = [rows, ""];
    const table = new SortedTable(caption, columns, rows, { by, descending, none: "Nothing has these words." });
    const show = () => table.show(kept.filter((row) => word === "" || field(row) === word));
    const values = [...new Set(rows.map(field).filter(isKnown))].sort();
    const select = choice(all.label, [["", all.text], ...values.map((value) => [value, value])], "", (value) => {
        word = value;
        show();
    });
    const filter = filterBox(
        "Find",
        rows,
        (row) => Object.values(row),
        (found) => {
            kept = found;
            show();
        },
    );
    const fields = Object.keys(rows[0] ?? {});
    const save = el(
        "button",
        {
            type: "button",
            click: () => download(file, [fields, ...table.inOrder().map((row) => fields.map((each) => row[each]))]),
        },
        "Download CSV",
    );
    return { table: table.element, controls: el("div", { class: "choices" }, select, filter, save) };
}

const absent = (what, how) =>
    el(
        "div",
        { class: "panel early" },
        el("p", {}, `${what} not there yet.`),
        el("p", { class: "action" }, el("strong", {}, "What to do: "), how),
    );

function sdks(rows) {
    const title = "SDK versions at or near their end of life";
    if (!rows)
        return section(
            title,
            absent(
                "The list of outdated SDKs is",
                "Load sdk_versions_all; the report makes the list at its next run.",
            ),
        );
    if (!rows.length)
        return section(title, el("p", { class: "total" }, "No SDK version in use is near its end of life."));
    const over = rows.filter((row) => row.status === "EolPast").length;
    const inUse = counted(rows.length, "SDK version in use", "SDK versions in use");
    const told = `${inUse} at or near the end of life, ${over} past it. A version past it gets no fixes.`;
    const { table, controls } = narrowed({
        caption: title,
        columns: SDKS,
        rows,
        by: "Status",
        field: project,
        all: { label: "Project", text: "All projects" },
        file: "outdated-sdks.csv",
    });
    return section(title, [el("p", { class: "total" }, told), table], controls);
}

function flags(rows, staleAfter) {
    const title = `Flags without an evaluation for ${staleAfter} days`;
    if (!rows)
        return section(
            title,
            absent(
                "The list of flags that nobody evaluates is",
                "Load evaluations of every flag; the report makes the list at its next run.",
            ),
        );
    if (!rows.length)
        return section(title, el("p", { class: "total" }, `Every flag was evaluated in the last ${staleAfter} days.`));
    const { table, controls } = narrowed({
        caption: title,
        columns: flagColumns(staleAfter),
        rows,
        by: "Days without",
        descending: true,
        field: project,
        all: { label: "Project", text: "All projects" },
        file: "stale-flags.csv",
    });
    const told = `${counted(rows.length, "flag")} that nobody has asked for. Ask their owners before you archive them.`;
    return section(title, [el("p", { class: "total" }, told), table], controls);
}

export function show(found) {
    return [sdks(found.sdks), flags(found.flags, found.stale_after)];
}
