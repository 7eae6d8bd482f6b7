// What the view of owners shows of its rows: names, colours, the biggest ones and the rest together.

import { colour } from "../charts.js";
import { isKnown, isolated, number } from "../format.js";

const DRAWN = 8; // more colours than these nobody tells apart
const OTHERS = "All others";

const part = (name, key, id) => name || key || id || null;

/** The project, environment and application of an owner; null for what is not known. */
export const parts = (row) => ({
    project: part(row.project_name, row.project_key, row.project_id),
    environment: part(row.environment_name, row.environment_key, row.environment_id),
    application: row.application_id,
});

/** One text for an owner: "Checkout / Production". */
export function ownerName(row) {
    const { project, environment, application } = parts(row);
    const named = {
        project: [project],
        environment: [project, environment],
        application: [project, environment, application],
    };
    const known = (named[row.level] ?? [project]).filter(isKnown).map(isolated).join(" / ");
    if (!row.unattributed) return known || "Unattributed";
    return known ? `Unattributed (${known})` : "Unattributed";
}

/** How much an owner has grown since the same day of the period before; null if that is not known. */
export function growth(row) {
    if (!isKnown(row.before) || !isKnown(row.period_to_date)) return null;
    return number(row.period_to_date) - number(row.before);
}

export function growthPercent(row) {
    const grown = growth(row);
    return grown === null || !number(row.before) ? null : (100 * grown) / number(row.before);
}

/** Owners of one meter and level, biggest first, and the places that the charts draw. */
export class Owners {
    constructor(found, meter, level) {
        const mine = found.owners
            .map((row, index) => ({ ...row, index }))
            .filter((row) => row.meter === meter && row.level === level);
        this.rows = mine.sort((one, other) => (number(other.allocated) ?? 0) - (number(one.allocated) ?? 0));
        this.drawn = this.rows.slice(0, this.rows.length === DRAWN + 1 ? DRAWN + 1 : DRAWN);
        this.places = new Map(this.drawn.map((row, place) => [row.index, place]));
        this.names = [...this.drawn.map(ownerName), OTHERS];
        const here = (row) => row.meter === meter && row.level === level;
        this.days = this.#cells(found.days.filter(here), "day");
        this.periods = this.#cells(found.months.filter(here), "period_start");
    }

    /** Whether others than those drawn have a part in some cells. */
    hasOthers(cells) {
        return cells.some((cell) => cell.place === this.drawn.length && cell.allocated);
    }

    /** The colour of a place in a chart. Others and the unattributed are grey. */
    colour(place) {
        if (place >= this.drawn.length) return colour("--others");
        if (this.drawn[place].unattributed) return colour("--unattributed");
        const before = this.drawn.slice(0, place).filter((row) => !row.unattributed).length;
        return colour(`--owner-${(before % DRAWN) + 1}`);
    }

    /** A cell for each date and place, absent ones as 0, so that areas have no holes. */
    #cells(rows, key) {
        const dates = [...new Set(rows.map((row) => row[key]))].sort();
        const sums = new Map();
        for (const row of rows) {
            const at = `${row[key]} ${this.places.get(row.owner) ?? this.drawn.length}`;
            sums.set(at, (sums.get(at) ?? 0) + (number(row.allocated) ?? 0));
        }
        return dates.flatMap((date) =>
            this.names.map((owner, place) => ({ date, owner, place, allocated: sums.get(`${date} ${place}`) ?? 0 })),
        );
    }
}
