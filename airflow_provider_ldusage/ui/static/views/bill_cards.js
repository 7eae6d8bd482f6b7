// A card for each meter: its figures against the plan, in words and as a bar.

import { el, freshId, svg } from "../dom.js";
import { amount, day, isKnown, meterName, money, number, percent, period, range, shifted, unknown } from "../format.js";

/** How a meter stands to its plan: a sign, words and an order by urgency. */
export function standing(meter) {
    const last = day(shifted(meter.period_end, -1));
    if (!isKnown(meter.included))
        return { kind: "open", sign: "○", text: "No plan given", sentence: "No plan is given.", order: 3 };
    const passed = number(meter.period_to_date) > number(meter.included);
    if (passed) {
        const on = isKnown(meter.exceeds_on) && meter.exceeds_on <= meter.day ? ` on ${day(meter.exceeds_on)}` : "";
        return { kind: "passed", sign: "■", text: `Plan passed${on}`, sentence: `The plan was passed${on}.`, order: 0 };
    }
    if (isKnown(meter.exceeds_on)) {
        const on = day(meter.exceeds_on);
        return {
            kind: "expected",
            sign: "▲",
            text: `Plan passed on ${on} (expected)`,
            sentence: `The plan is expected to be passed on ${on}.`,
            order: 1,
        };
    }
    const sentence = `The plan is not expected to be passed by ${last}.`;
    if (!isKnown(meter.forecast))
        return {
            kind: "open",
            sign: "○",
            text: "Within the plan to date",
            sentence: "Within the plan to date.",
            order: 2,
        };
    return { kind: "within", sign: "●", text: "Within the plan (expected)", sentence, order: 2 };
}

/** The figure, the expected range and the plan on one scale. Words beside it say the same. */
function bar(meter) {
    const [figure, low, high, plan] = ["period_to_date", "forecast_low", "forecast_high", "included"].map((key) =>
        number(meter[key]),
    );
    const most = Math.max(figure ?? 0, high ?? 0, number(meter.forecast) ?? 0, plan ?? 0) * 1.04;
    if (!most || (plan === null && high === null)) return null;
    const at = (value) => `${((100 * value) / most).toFixed(2)}%`;
    const box = (kind, from, to, y, height) =>
        svg("rect", { class: kind, x: at(from), width: at(Math.max(to - from, 0)), y, height });
    const rule = (kind, value, from, to) =>
        svg("line", { class: kind, x1: at(value), x2: at(value), y1: from, y2: to });
    return svg(
        "svg",
        { class: "bullet", "aria-hidden": "true", width: "100%", height: 22 },
        box("track", 0, most, 5, 12),
        low !== null && high !== null && box("expected", low, high, 5, 12),
        figure !== null && box("to-date", 0, figure, 5, 12),
        isKnown(meter.forecast) && rule("forecast", number(meter.forecast), 5, 17),
        plan !== null && rule("plan", plan, 0, 22),
    );
}

function fact(term, content, why) {
    return el("div", {}, el("dt", {}, term), el("dd", {}, content ?? unknown(why)));
}

function plan(meter) {
    if (!isKnown(meter.included)) return null;
    const used = percent(meter.percent_of_included);
    return [amount(meter.included), used && el("span", { class: "muted" }, ` (${used} used)`)];
}

/** What the plan says of a meter; nothing if there is none, which the card says already. */
function againstPlan(meter, last) {
    if (!isKnown(meter.included) && !isKnown(meter.cost_to_date)) return [];
    return [
        fact("Plan includes", plan(meter), "no plan given"),
        fact("Cost to date", money(meter.cost_to_date, meter.currency), "no price given"),
        fact(
            `Cost by ${day(last)}`,
            money(meter.cost_forecast, meter.currency),
            isKnown(meter.cost_to_date) ? "no forecast yet" : "no price given",
        ),
    ];
}

/** What the reader has to know of the figures: what they lack. */
function notes(meter) {
    const end =
        meter.data_through && meter.data_through.length > 10
            ? shifted(meter.data_through.slice(0, 10), -1)
            : meter.data_through;
    const near = /^at \d/.test(meter.verdict ?? ""); // the share of the plan that the report warns at
    return [
        near && `A${meter.verdict.slice(1)}.`,
        meter.complete === false && "Days are missing, so the figure to date is too low.",
        end && end < meter.day && `The last day with a figure is ${day(end)}.`,
        !isKnown(meter.forecast) && "No forecast yet: there is too little history.",
    ].filter(Boolean);
}

/** What a meter comes to in this period. */
export function card(meter) {
    const id = freshId("meter");
    const last = shifted(meter.period_end, -1);
    const { kind, sign, text } = standing(meter);
    const figure = amount(meter.period_to_date);
    return el(
        "article",
        { class: "card", "aria-labelledby": id },
        el(
            "div",
            { class: "titled" },
            el("h3", { id }, meterName(meter.meter)),
            el("p", { class: "muted" }, period(meter.period_start, meter.period_end)),
        ),
        el("p", { class: "figure" }, el("strong", {}, figure ?? unknown()), ` ${meter.unit} to date`),
        bar(meter),
        el("p", { class: `standing ${kind}` }, el("span", { "aria-hidden": "true" }, sign), ` ${text}`),
        notes(meter).map((note) => el("p", { class: "note" }, note)),
        el(
            "dl",
            {},
            fact(`Expected by ${day(last)}`, amount(meter.forecast), "no forecast yet"),
            fact("Likely range", range(meter.forecast_low, meter.forecast_high), "no forecast yet"),
            againstPlan(meter, last),
        ),
    );
}

/** What lies beyond the plans costs together, in each currency. */
export function totals(meters) {
    const sums = new Map();
    for (const meter of meters.filter(({ cost_to_date: cost }) => isKnown(cost))) {
        const [toDate, forecast] = sums.get(meter.currency) ?? [0, 0];
        const next = isKnown(meter.cost_forecast) && forecast !== null ? forecast + number(meter.cost_forecast) : null;
        sums.set(meter.currency, [toDate + number(meter.cost_to_date), next]);
    }
    const key = el(
        "ul",
        { class: "key", "aria-hidden": "true" },
        [
            ["to-date", "to date"],
            ["expected", "expected range"],
            ["plan", "plan"],
        ].map(([kind, text]) => el("li", { class: kind }, text)),
    );
    const words = [...sums].map(([currency, [toDate, forecast]]) =>
        el(
            "p",
            { class: "total" },
            "Beyond the plan: ",
            el("strong", {}, money(toDate, currency)),
            " to date",
            forecast === null
                ? ""
                : [", ", el("strong", {}, money(forecast, currency)), " expected by the end of the periods"],
            currency ? "." : " (no currency is given).",
        ),
    );
    const none = el("p", { class: "total muted" }, "Costs are not known: the plan has no prices.");
    return el("div", { class: "totals" }, el("div", {}, words.length ? words : none), key);
}
