// A month of all tables: a letter and a colour for each day. One stop of the tab key; arrows move within.

import { choice, el, unseen } from "../dom.js";
import { amount, fullDay, month, shifted } from "../format.js";
import { scrolling } from "../table.js";
import { remember, chosen } from "../address.js";

// In the order of the key.
const STATES = {
    written: ["W", "written"],
    restated: ["R", "restated"],
    empty: ["E", "empty"],
    missing: ["M", "missing"],
    late: ["L", "late"],
};

/** What a table has of a day: a state, or null outside what it should have. */
function stateOf(table, day) {
    const range = table.ranges.find(([first, last]) => first <= day && day <= last);
    if (!range) return null;
    return range[2] === "written" && table.restated?.[day] ? "restated" : range[2];
}

const known = (state) => (Object.hasOwn(STATES, state) ? STATES[state] : ["?", state]);
const wordOf = (state) => (state === null ? "not to be loaded" : known(state)[1]);

const often = (times) => (times === 1 ? "once" : times === 2 ? "twice" : `${times} times`);

function words(table, day, state) {
    const restated = state === "restated" ? ` ${often(table.restated[day])}` : "";
    const rows = table.rows?.[day];
    const counted = rows === undefined || rows === null ? "" : `, ${amount(rows)} rows`;
    return `${table.table}, ${fullDay(day)}: ${wordOf(state)}${restated}${counted}`;
}

function daysOf(name) {
    const [year, number] = name.split("-").map(Number);
    const last = new Date(Date.UTC(year, number, 0)).getUTCDate();
    return Array.from({ length: last }, (_, index) => `${name}-${String(index + 1).padStart(2, "0")}`);
}

function cell(table, day) {
    const state = stateOf(table, day);
    const letter = state === null ? "" : known(state)[0];
    const said = words(table, day, state);
    return el(
        "td",
        { role: "gridcell", tabindex: "-1", class: `state ${state ?? "outside"}`, title: said, "data-says": said },
        el("span", { "aria-hidden": "true" }, letter),
        unseen(wordOf(state)),
    );
}

const STEPS = {
    ArrowRight: [0, 1],
    ArrowLeft: [0, -1],
    ArrowDown: [1, 0],
    ArrowUp: [-1, 0],
    Home: [0, -Infinity],
    End: [0, Infinity],
};

const within = (value, length) => Math.min(Math.max(value, 0), length - 1);

/** Arrow keys move the only cell that the tab key reaches. */
function movable(rows, onFocus) {
    let here = rows[0][rows[0].length - 1];
    here.tabIndex = 0;
    const take = (next) => {
        here.tabIndex = -1;
        here = next;
        here.tabIndex = 0;
    };
    rows.forEach((row, y) =>
        row.forEach((each, x) => {
            each.addEventListener("focus", () => {
                take(each);
                onFocus(each.dataset.says);
            });
            each.addEventListener("keydown", (event) => {
                const step = STEPS[event.key];
                if (!step) return;
                event.preventDefault();
                rows[within(y + step[0], rows.length)][within(x + step[1], row.length)].focus();
            });
        }),
    );
}

function grid(tables, name, onFocus) {
    const days = daysOf(name);
    const head = el(
        "tr",
        { role: "row" },
        el("th", { scope: "col", role: "columnheader" }, "Table"),
        days.map((day) =>
            el(
                "th",
                { scope: "col", role: "columnheader", class: isWeekend(day) ? "weekend" : "" },
                Number(day.slice(8)),
            ),
        ),
    );
    const cells = tables.map((table) => days.map((day) => cell(table, day)));
    const rows = tables.map((table, place) =>
        el("tr", { role: "row" }, el("th", { scope: "row", role: "rowheader" }, table.table), cells[place]),
    );
    movable(cells, onFocus);
    const label = `Tables by day, ${month(name)}`;
    const table = el(
        "table",
        { class: "calendar", role: "grid", "aria-label": label, "aria-readonly": "true" },
        el("thead", { role: "rowgroup" }, head),
        el("tbody", { role: "rowgroup" }, rows),
    );
    return scrolling(table, label);
}

const isWeekend = (day) => [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());

function monthsOf(tables) {
    const bounds = tables.flatMap(({ ranges }) => ranges.flatMap(([first, last]) => [first, last])).sort();
    const found = [];
    if (!bounds.length) return found;
    for (
        let name = bounds.at(-1).slice(0, 7);
        name >= bounds[0].slice(0, 7);
        name = shifted(`${name}-01`, -1).slice(0, 7)
    )
        found.push(name);
    return found; // the newest first
}

const key = () =>
    el(
        "ul",
        { class: "key states" },
        Object.entries(STATES).map(([state, [letter, word]]) =>
            el("li", {}, el("span", { class: `state ${state}`, "aria-hidden": "true" }, letter), word),
        ),
    );

/** The calendar with its month to choose. */
export function calendar(tables) {
    const names = monthsOf(tables);
    if (!names.length) return el("p", { class: "muted" }, "No table has a day yet.");
    const place = el("div");
    const detail = el("p", { class: "detail", "aria-live": "polite" });
    const select = choice(
        "Month",
        names.map((name) => [name, month(name)]),
        chosen("month", names),
        (name) => showMonth(name),
    );
    const list = select.querySelector("select");
    const step = (by, text) =>
        el("button", { type: "button", click: () => showMonth(names[names.indexOf(list.value) + by]) }, text);
    const [earlier, later] = [step(1, "Earlier"), step(-1, "Later")];
    const showMonth = (name) => {
        list.value = name;
        remember("month", name);
        drawMonth(name);
    };
    const drawMonth = (name) => {
        const [at, focused] = [names.indexOf(name), document.activeElement];
        earlier.disabled = at === names.length - 1;
        later.disabled = at === 0;
        if (focused.disabled) list.focus(); // a button that cannot be pressed loses it
        detail.textContent = "Choose a day to read what became of it. With the keyboard: Tab, then the arrows.";
        place.replaceChildren(
            grid(tables, name, (text) => {
                detail.textContent = text;
            }),
        );
    };
    drawMonth(list.value);
    return [el("div", { class: "choices" }, select, earlier, later, key()), place, detail];
}
