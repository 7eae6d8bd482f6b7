// Tables of figures: right-aligned numbers, columns that sort, rows that can be narrowed.

import { el, freshId } from "./dom.js";
import { isKnown, unknown } from "./format.js";

/**
 * A column: `title`, `cell(row)` -> text or node (null: not known), `value(row)` -> what it sorts by (default: the
 * text), `kind` "number", "text" or "whole" (never broken into lines), `why`: what an absent value means.
 */
function cellOf(row, column) {
    const content = column.cell(row);
    return isKnown(content) ? content : unknown(column.why);
}

const sortValue = (row, column) => (column.value ? column.value(row) : column.cell(row));

/** What is not known comes last in either direction; words are compared as people do. */
function ordered(rows, column, descending) {
    const sign = descending ? -1 : 1;
    const pairs = rows.map((row) => [sortValue(row, column), row]);
    pairs.sort(([one], [other]) => {
        if (!isKnown(one) || !isKnown(other)) return Number(!isKnown(one)) - Number(!isKnown(other));
        if (typeof one === "number" && typeof other === "number") return sign * (one - other);
        return sign * String(one).localeCompare(String(other), "en", { numeric: true, sensitivity: "base" });
    });
    return pairs.map(([, row]) => row);
}

function body(rows, columns) {
    return rows.map((row) =>
        el(
            "tr",
            {},
            columns.map((column, place) =>
                el(
                    place === 0 ? "th" : "td",
                    { scope: place === 0 && "row", class: column.kind || "text" },
                    cellOf(row, column),
                ),
            ),
        ),
    );
}

/** A box that scrolls, which the keyboard reaches. */
export function scrolling(content, label) {
    return el("div", { class: "scrolling", tabindex: "0", role: "group", "aria-label": label }, content);
}

/** A table that stays as it is. */
export function plainTable(caption, columns, rows) {
    const heads = columns.map((column) => el("th", { scope: "col", class: column.kind || "text" }, column.title));
    const table = el(
        "table",
        {},
        el("caption", { class: "unseen" }, caption),
        el("thead", {}, el("tr", {}, heads)),
        el("tbody", {}, body(rows, columns)),
    );
    return scrolling(table, caption);
}

const PAGE = 200;
const MORE = 2000; // a browser takes seconds for many more

/** A table whose columns sort by a click, and that shows more rows when asked. */
export class SortedTable {
    constructor(caption, columns, rows, { by = columns[0].title, descending = false, none = "Nothing to show." } = {}) {
        Object.assign(this, { columns, rows, by, descending, none, shown: PAGE });
        this.body = el("tbody");
        this.heads = columns.map((column) => this.#head(column));
        const table = el(
            "table",
            {},
            el("caption", { class: "unseen" }, caption),
            el("thead", {}, el("tr", {}, this.heads)),
            this.body,
        );
        this.more = el("button", { type: "button", click: () => this.#showMore() });
        this.box = scrolling(table, caption);
        this.element = el("div", { class: "sorted" }, this.box, this.more);
        this.#draw();
    }

    /** Other rows, in the order that was chosen. */
    show(rows) {
        this.rows = rows;
        this.shown = PAGE;
        this.#draw();
    }

    /** All rows in the order on the screen. */
    inOrder() {
        const column = this.columns.find(({ title }) => title === this.by);
        return ordered(this.rows, column, this.descending);
    }

    #head(column) {
        const button = el(
            "button",
            { type: "button", click: () => this.#sort(column) },
            column.title,
            el("span", { class: "arrow", "aria-hidden": "true" }),
        );
        return el("th", { scope: "col", class: column.kind || "text" }, button);
    }

    #sort(column) {
        this.descending = this.by === column.title ? !this.descending : column.kind === "number";
        this.by = column.title;
        this.#draw();
    }

    #showMore() {
        this.shown += MORE;
        this.#draw();
        if (this.more.hidden) this.box.focus();
    }

    #draw() {
        this.columns.forEach((column, place) => {
            const direction = this.descending ? "descending" : "ascending";
            if (column.title === this.by) this.heads[place].setAttribute("aria-sort", direction);
            else this.heads[place].removeAttribute("aria-sort");
        });
        const rows = this.inOrder();
        const none = el("tr", {}, el("td", { colspan: this.columns.length, class: "none" }, this.none));
        this.body.replaceChildren(...(rows.length ? body(rows.slice(0, this.shown), this.columns) : [none]));
        this.more.hidden = rows.length <= this.shown;
        const all = rows.length <= this.shown + MORE;
        this.more.textContent = all ? `Show all ${rows.length} rows` : `Show ${MORE} more of ${rows.length} rows`;
    }
}

/** A box to type in that narrows a table to the rows whose texts have every word. */
export function filterBox(label, rows, texts, onRows) {
    const id = freshId("filter");
    const count = el("span", { role: "status", class: "unseen" });
    const narrow = () => {
        const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
        const found = rows.filter((row) => {
            const text = texts(row).filter(isKnown).join(" ").toLowerCase();
            return words.every((word) => text.includes(word));
        });
        count.textContent = words.length ? `${found.length} of ${rows.length} rows` : "";
        onRows(found);
    };
    const input = el("input", { id, type: "search", input: narrow, autocomplete: "off", spellcheck: "false" });
    return el("div", { class: "choice" }, el("label", { for: id }, label), input, count);
}

/** A swatch of a chart's colour, which says nothing that the text beside it does not. */
export const swatch = (colour) => el("span", { class: "swatch", style: `background:${colour}`, "aria-hidden": "true" });
