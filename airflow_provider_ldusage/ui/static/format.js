// Figures, days and names as text. What is not known is a dash that screen readers say in words.

import { unseen, el } from "./dom.js";

const LOCALE = "en-GB";
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const percents = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const short = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", timeZone: "UTC" });
const long = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const monthName = new Intl.DateTimeFormat(LOCALE, { month: "long", year: "numeric", timeZone: "UTC" });
const minutes = new Intl.DateTimeFormat(LOCALE, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "UTC",
});
const instants = new Intl.DateTimeFormat(LOCALE, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "UTC",
});

export const isKnown = (value) => value !== null && value !== undefined && value !== "";

/** Decimals of money may come as text. */
export const number = (value) => (isKnown(value) ? Number(value) : null);

export const unknown = (why = "not known") =>
    el("span", { class: "unknown", title: why }, el("span", { "aria-hidden": "true" }, "–"), unseen(why));

/** 71,204 or 12.35: digits behind the point only where they say something. */
export function amount(value) {
    if (!isKnown(value)) return null;
    const found = Number(value);
    return (Math.abs(found) < 1000 ? fine : whole).format(found);
}

/** Formats the figures of one column alike, so that they can be compared by their length. */
export function alike(values) {
    const found = values.filter(isKnown).map(Number);
    const small = found.some((value) => !Number.isInteger(value)) && found.every((value) => Math.abs(value) < 1000);
    const digits = small ? 2 : 0;
    const format = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return (value) => (isKnown(value) ? format.format(value) : null);
}

export function percent(value) {
    return isKnown(value) ? `${percents.format(value)} %` : null;
}

/** A change with its sign: +412, −3.2 %. `text` formats what it is without the sign. */
export function change(value, text = percent) {
    if (!isKnown(value)) return null;
    return `${value > 0 ? "+" : value < 0 ? "−" : ""}${text(Math.abs(value))}`;
}

const DIGITS = { minimumFractionDigits: 2, maximumFractionDigits: 2 };

export function money(value, currency) {
    if (!isKnown(value)) return null;
    const digits = new Intl.NumberFormat(LOCALE, DIGITS).format(Number(value));
    return currency ? `${currency} ${digits}` : digits;
}

/** "91,200 to 101,500", or null if either is not known. */
export function range(low, high, text = amount) {
    if (!isKnown(low) || !isKnown(high)) return null;
    const [from, to] = [text(low), text(high)];
    return from === to ? from : `${from} to ${to}`;
}

const threeLetters = (text) => text.replace("Sept", "Sep");

const utc = (day) => new Date(`${day}T00:00:00Z`);

/** 21 Nov */
export const day = (value) => (isKnown(value) ? threeLetters(short.format(utc(value))) : null);

/** 21 Nov 2026 */
export const fullDay = (value) => (isKnown(value) ? threeLetters(long.format(utc(value))) : null);

/** November 2026 */
export const month = (value) => monthName.format(utc(`${value.slice(0, 7)}-01`));

/** 22 Nov 2026, 06:12 UTC */
export const instant = (value) => (isKnown(value) ? `${threeLetters(instants.format(new Date(value)))} UTC` : null);

/** 22 Nov, 06:12 */
export const minute = (value) => (isKnown(value) ? threeLetters(minutes.format(new Date(value))) : null);

/** The day before or after, as text. */
export function shifted(value, days) {
    return new Date(utc(value).getTime() + days * 86_400_000).toISOString().slice(0, 10);
}

/** "November 2026" for a calendar month, "15 Oct to 14 Nov 2026" for others. */
export function period(start, end) {
    const last = shifted(end, -1);
    const isMonth = start.endsWith("-01") && end.endsWith("-01") && start.slice(0, 7) === last.slice(0, 7);
    return isMonth ? month(start) : `${day(start)} to ${fullDay(last)}`;
}

const NAMES = {
    clientside_mau: "Client-side MAU",
    service_connections: "Service connections",
    experimentation_keys: "Experimentation keys",
    experimentation_events: "Experimentation events",
    ai_runs: "AI runs",
    data_export_events: "Data Export events",
    warehouse_export: "Warehouse export",
    observability_sessions: "Observability sessions",
    observability_errors: "Observability errors",
    observability_logs: "Observability logs",
    observability_traces: "Observability traces",
};

/** What people call a meter; its own name if we do not know it. */
export const meterName = (meter) => (Object.hasOwn(NAMES, meter) ? NAMES[meter] : meter);

const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A name between others, whose direction of writing is its own affair. */
export const isolated = (name) => (RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name);

/** "1 day", "2 days" */
export const counted = (count, one, many = `${one}s`) => `${amount(count)} ${count === 1 ? one : many}`;
