// The bill: each meter to date and expected, against the plan; day by day, and the last twelve periods.

import { chosen, remember } from "../address.js";
import { Chart, beside, prepare } from "../charts.js";
import { choice, el, section } from "../dom.js";
import { alike, amount, day, fullDay, isKnown, meterName, money, number, period, range, shifted } from "../format.js";
import { plainTable } from "../table.js";
import { card, standing, totals } from "./bill_cards.js";

export { prepare };
export const TITLE = "Bill";

const KEY = "The line is what was counted, the dashes and the band what is expected.";

const amountsOf = (unit) => (value) => (isKnown(value) ? `${amount(value)} ${unit}` : "not known");

function dayColumns(last, days) {
    const unique = days.every((row) => !isKnown(row.quantity));
    const text = alike(days.map((row) => row.period_to_date));
    const daily = alike(days.map((row) => row.quantity));
    const quantity = { title: "On the day", kind: "number", cell: (row) => daily(row.quantity) };
    return [
        { title: "Day", kind: "whole", cell: (row) => day(row.day) },
        ...(unique ? [] : [quantity]),
        { title: "To date", kind: "number", cell: (row) => text(row.period_to_date) },
        {
            title: `Expected by ${day(last)}`,
            kind: "number",
            cell: (row) => text(row.forecast),
            why: "no forecast yet",
        },
        {
            title: "Range",
            kind: "number",
            cell: (row) => range(row.forecast_low, row.forecast_high, text),
            why: "no forecast yet",
        },
    ];
}

function periodData(meter, days) {
    const text = amountsOf(meter.unit);
    const last = shifted(meter.period_end, -1);
    const known = days
        .filter((row) => isKnown(row.period_to_date))
        .map((row) => ({
            ...row,
            when: fullDay(row.day),
            toDate: text(row.period_to_date),
            expected: text(row.forecast),
        }));
    const now = known.at(-1);
    const [figure, low, high] = [meter.forecast, meter.forecast_low, meter.forecast_high];
    const start = now && {
        day: now.day,
        figure: now.period_to_date,
        low: now.period_to_date,
        high: now.period_to_date,
    };
    const expected =
        now && isKnown(figure) ? [start, { day: last, figure, low: low ?? figure, high: high ?? figure }] : [];
    const period = [
        { day: meter.period_start, label: `Plan: ${amount(meter.included)}` },
        { day: last, label: "" },
    ];
    const plan = isKnown(meter.included) ? period.map((each) => ({ ...each, included: meter.included })) : [];
    return { period, days: known, expected, plan };
}

function dayByDay(meter, days) {
    const last = shifted(meter.period_end, -1);
    const says = `Chart: ${meterName(meter.meter)} day by day. ${standing(meter).sentence}`;
    const chart = new Chart("bill_period", says, () => periodData(meter, days));
    const caption = `${meterName(meter.meter)} day by day, ${period(meter.period_start, meter.period_end)}`;
    const figures = plainTable(caption, dayColumns(last, days), [...days].reverse());
    return { chart, element: beside(chart, figures) };
}

const monthColumns = (text) => [
    { title: "Period", kind: "whole", cell: (row) => period(row.period_start, row.period_end) },
    {
        title: "Figure",
        kind: "number",
        cell: (row) => el("span", {}, text(row.figure) ?? "–", row.complete ? "" : "*"),
    },
    { title: "Included", kind: "number", cell: (row) => amount(row.included), why: "no plan given" },
    { title: "Cost", kind: "number", cell: (row) => money(row.cost, row.currency), why: "no price given" },
];

function monthsData(months) {
    const calendar = months.every((row) => row.period_start.endsWith("-01"));
    return months.map((row) => ({
        name: calendar ? day(row.period_start).slice(2) + ` ${row.period_start.slice(2, 4)}` : day(row.period_start),
        whole: period(row.period_start, row.period_end),
        figure: number(row.figure),
        included: number(row.included),
        over: isKnown(row.included) && number(row.figure) > number(row.included),
        text: amount(row.figure) ?? "not known",
        plan: amount(row.included) ?? "no plan given",
    }));
}

function lastTwelve(meter, months) {
    const name = meterName(meter.meter);
    if (!months.length) return { element: el("p", { class: "muted" }, `No period of ${name} has ended yet.`) };
    const chart = new Chart("bill_months", `Chart: ${name} in the last periods that ended.`, () => ({
        periods: monthsData(months),
    }));
    const figures = plainTable(
        `${name}, the last periods that ended`,
        monthColumns(alike(months.map((row) => row.figure))),
        [...months].reverse(),
    );
    const note =
        months.some((row) => !row.complete) && el("p", { class: "note" }, "* Days of this period are missing.");
    return { chart, element: [beside(chart, figures), note].filter(Boolean) };
}

/** Both sections of one meter, which a select changes. */
function details(found, meters) {
    const names = meters.map(({ meter }) => meter);
    const places = [el("div"), el("div")];
    const units = el("p", { class: "note" });
    let charts = [];
    const showMeter = (name) => {
        const meter = meters.find((each) => each.meter === name);
        charts.forEach((chart) => chart.end());
        const mine = (rows) => rows.filter((row) => row.meter === name);
        const parts = [dayByDay(meter, mine(found.days)), lastTwelve(meter, mine(found.months))];
        charts = parts.map(({ chart }) => chart).filter(Boolean);
        places.forEach((place, each) => place.replaceChildren(...[parts[each].element].flat()));
        const how = isKnown(meter.forecast_method) ? ` Expected ${meter.forecast_method}.` : "";
        const when = period(meter.period_start, meter.period_end);
        units.textContent = `${meterName(name)} in ${meter.unit}, ${when}. ${KEY}${how}`;
    };
    const select = choice(
        "Meter",
        names.map((name) => [name, meterName(name)]),
        chosen("meter", names),
        (name) => {
            remember("meter", name);
            showMeter(name);
        },
    );
    showMeter(chosen("meter", names));
    return [
        section("Day by day", [units, places[0]], select),
        section("Periods that ended", [
            el(
                "p",
                { class: "note" },
                "Up to twelve. The mark across a bar is what the plan included; orange bars passed it.",
            ),
            places[1],
        ]),
    ];
}

function missing(sentences) {
    if (!sentences?.length) return [];
    return [
        section(
            "Not in these figures",
            el(
                "ul",
                { class: "plain" },
                sentences.map((each) => el("li", {}, each)),
            ),
        ),
    ];
}

export function show(found) {
    const meters = [...found.meters].sort((one, other) => standing(one).order - standing(other).order);
    if (!meters.length) {
        const none =
            "No billed meter has figures yet. Load one of the metrics of the bill; the report adds it at its next run.";
        return [el("p", { class: "panel early" }, none), ...missing(found.missing)];
    }
    const cards = el(
        "ul",
        { class: "cards" },
        meters.map((meter) => el("li", {}, card(meter))),
    );
    return [section("This period", [totals(meters), cards]), ...details(found, meters), ...missing(found.missing)];
}
