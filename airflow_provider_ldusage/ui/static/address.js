// What the page shows is in its address. A view is a page of its own to the browser, because Airflow copies the frame's
// address into its own when a page is loaded; what is chosen within a view only replaces the address.

export const VIEWS = ["bill", "owners", "health", "hygiene"];

const query = () => new URLSearchParams(location.search);

/** The view of the address; the bill if it names none. */
export function currentView() {
    const named = query().get("view");
    return VIEWS.includes(named) ? named : VIEWS[0];
}

/** What the address says of a choice, if that is among the possible ones; else the first of these. */
export function chosen(name, possible) {
    const named = query().get(name);
    return possible.includes(named) ? named : possible[0];
}

export const askedLake = () => query().get("lake");

/** Keeps a choice in the address. */
export function remember(name, value) {
    const changed = query();
    changed.set(name, value);
    history.replaceState(history.state, "", `?${changed}`);
}

/** The address of a view of a lake. */
export const addressOf = (view, lake) => `?${new URLSearchParams(lake ? { view, lake } : { view })}`;
