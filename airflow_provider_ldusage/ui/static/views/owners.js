// Who drives a meter: projects, environments or applications, by day and by period, and all of them in a table.

import { chosen, remember } from "../address.js";
import { Chart, beside, prepare } from "../charts.js";
import { choice, el, section } from "../dom.js";
import { alike, amount, change, counted, day, fullDay, isKnown, meterName, month, percent } from "../format.js";
import { plainTable, swatch } from "../table.js";
import { Owners, growth, growthPercent, ownerName } from "./owner_rows.js";
import { allOwners } from "./owner_table.js";

export { prepare };
export const TITLE = "Owners";

const UNATTRIBUTED = "No id, an unknown application, or a project that never had a name.";
const LEVELS = { project: "Project", environment: "Environment", application: "Application" };

const unitOf = ({ unit }) => unit ?? "units"; // of a meter that this version does not know

const fact = (title, name, text) =>
    el(
        "li",
        { class: "card" },
        el("h3", {}, title),
        el("p", { class: "name" }, name),
        el("p", { class: "muted" }, text),
    );

function facts(owners, unit) {
    const shared = ({ allocated, share }) => {
        const parted = isKnown(share) ? `${percent(100 * share)} of the account` : null;
        return [isKnown(allocated) ? `${amount(allocated)} ${unit}` : null, parted].filter(isKnown).join(", ");
    };
    const [biggest] = owners.rows;
    const [grown] = owners.rows.filter((row) => growth(row) > 0).sort((one, other) => growth(other) - growth(one));
    const lost = owners.rows.filter((row) => row.unattributed);
    const sum = (key) =>
        lost.every((row) => isKnown(row[key])) ? lost.reduce((total, row) => total + Number(row[key]), 0) : null;
    const grownText = () => {
        const parts = growthPercent(grown);
        const relative = parts === null ? "" : ` (${change(parts)})`;
        return `+${amount(growth(grown))} ${unit}${relative} against the same day of the period before`;
    };
    return el(
        "ul",
        { class: "cards facts" },
        fact("Biggest", ownerName(biggest), shared(biggest)),
        grown
            ? fact("Grew most", ownerName(grown), grownText())
            : fact("Grew most", "–", "Nobody, or the period before is not known"),
        fact(
            "Unattributed",
            lost.length ? counted(lost.length, "owner") : "Nothing",
            lost.length
                ? `${shared({ allocated: sum("allocated"), share: sum("share") })}. ${UNATTRIBUTED}`
                : "Every figure has a known owner.",
        ),
    );
}

/** The last date's figures with the colours of the chart. */
function keyTable(caption, owners, cells) {
    const last = cells.at(-1)?.date;
    const shown = ({ place }) => place < owners.drawn.length || owners.hasOthers(cells);
    const rows = cells.filter((cell) => cell.date === last && shown(cell));
    const total = rows.reduce((sum, row) => sum + row.allocated, 0);
    const text = alike(rows.map((row) => row.allocated));
    const columns = [
        {
            title: "Owner",
            cell: (row) => el("span", { class: "keyed" }, swatch(owners.colour(row.place)), el("span", {}, row.owner)),
        },
        { title: "Allocated", kind: "number", cell: (row) => text(row.allocated) },
        { title: "Share", kind: "number", cell: (row) => (total ? percent((100 * row.allocated) / total) : null) },
    ];
    return plainTable(caption, columns, rows);
}

/** Every figure of a chart: dates down, owners across. */
function allFigures(caption, owners, cells, dateText) {
    const places = owners.names
        .map((_, place) => place)
        .filter((place) => place < owners.drawn.length || owners.hasOthers(cells));
    const dates = [...new Set(cells.map(({ date }) => date))].reverse();
    const figures = new Map(cells.map((cell) => [`${cell.date} ${cell.place}`, cell.allocated]));
    const text = alike(cells.map((cell) => cell.allocated));
    const columns = [
        { title: "Date", kind: "whole", cell: dateText },
        ...places.map((place) => ({
            title: owners.names[place],
            kind: "number",
            cell: (date) => text(figures.get(`${date} ${place}`)),
        })),
    ];
    return el("details", {}, el("summary", {}, "All figures of the chart"), plainTable(caption, columns, dates));
}

function chartOf(owners, cells, { spec, says, title, dateText, field, unit }) {
    if (!cells.length) return { element: el("p", { class: "muted" }, "No figures yet.") };
    const drawn = () =>
        cells
            .filter(({ place }) => place < owners.drawn.length || owners.hasOthers(cells))
            .map((cell) => ({
                ...cell,
                day: cell.date,
                name: field(cell.date),
                whole: dateText(cell.date),
                when: dateText(cell.date),
                colour: owners.colour(cell.place),
                text: `${amount(cell.allocated)} ${unit}`,
            }));
    const chart = new Chart(spec, says, () => ({ days: drawn(), periods: drawn() }));
    const key = el("div", { class: "figures" });
    const showKey = () =>
        key.replaceChildren(el("p", { class: "note" }, dateText(cells.at(-1).date)), keyTable(title, owners, cells));
    showKey();
    return {
        chart,
        showKey,
        element: [beside(chart, key), allFigures(`${title}: all figures`, owners, cells, dateText)],
    };
}

function charts(owners, shown, level) {
    const [meter, unit] = [shown.meter, unitOf(shown)];
    const name = `${meterName(meter)} by ${LEVELS[level].toLowerCase()}`;
    const calendar = owners.periods.every(({ date }) => date.endsWith("-01"));
    const named = (date) => (calendar ? month(date) : `Period from ${fullDay(date)}`);
    const short = (date) => (calendar ? `${day(date).slice(2)} ${date.slice(2, 4)}` : day(date));
    return [
        chartOf(owners, owners.days, {
            spec: "owners_days",
            says: `Chart: ${name}, day by day.`,
            title: `${name}, the last day`,
            dateText: fullDay,
            field: day,
            unit,
        }),
        chartOf(owners, owners.periods, {
            spec: "owners_months",
            says: `Chart: ${name}, in the periods that ended.`,
            title: `${name}, the last period that ended`,
            dateText: named,
            field: short,
            unit,
        }),
    ];
}

const ADDITIVE = "What nobody can be found for is shown as unattributed.";
const UNIQUE =
    "A key that two owners share counts in both, so own figures must not be added up. " +
    "“Allocated” is the account's figure, shared out by each owner's share; that adds up.";

/** The sections of one meter and level. */
function parts(found, meter, level) {
    const owners = new Owners(found, meter.meter, level);
    if (!owners.rows.length) {
        const none = `No figures of ${meterName(meter.meter)} by ${LEVELS[level].toLowerCase()} yet.`;
        return { drawn: [], elements: [el("p", { class: "panel early" }, none)] };
    }
    const drawn = charts(owners, meter, level);
    const elements = [
        section("At a glance", facts(owners, unitOf(meter))),
        section("This period, day by day", drawn[0].element),
        section("Periods that ended", drawn[1].element),
        allOwners(owners, meter, level, found.through),
    ];
    return { drawn, elements };
}

export function show(found) {
    if (!found.meters.length)
        return [
            el(
                "p",
                { class: "panel early" },
                "No meter has figures by owner yet. Load a metric by projectId; the report adds it at its next run.",
            ),
        ];
    const byName = new Map(found.meters.map((meter) => [meter.meter, meter]));
    const place = el("div");
    const levels = el("span");
    const note = el("p", { class: "note lead" });
    let drawn = [];
    const showLevel = (meter, level) => {
        drawn.forEach(({ chart }) => chart?.end());
        const shown = parts(found, meter, level);
        drawn = shown.drawn;
        note.textContent = `In ${unitOf(meter)}. ${meter.additive ? ADDITIVE : UNIQUE}`;
        place.replaceChildren(...shown.elements);
    };
    const showMeter = (name) => {
        const meter = byName.get(name);
        const level = chosen("level", meter.levels);
        const choices = meter.levels.map((each) => [each, LEVELS[each] ?? each]);
        levels.replaceChildren(
            choice("Owners are", choices, level, (next) => {
                remember("level", next);
                showLevel(meter, next);
            }),
        );
        showLevel(meter, level);
    };
    window.addEventListener("themechange", () => drawn.forEach(({ showKey }) => showKey?.()));
    const first = chosen("meter", [...byName.keys()]);
    const meters = choice(
        "Meter",
        [...byName.keys()].map((name) => [name, meterName(name)]),
        first,
        (name) => {
            remember("meter", name);
            showMeter(name);
        },
    );
    showMeter(first);
    return [el("div", { class: "choices" }, meters, levels), note, place];
}
