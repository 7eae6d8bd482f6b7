// Shows the view that the address names: its figures, or what is wrong and what to do.

import { addressOf, askedLake, currentView } from "./address.js";
import { el } from "./dom.js";
import { UsageError, getJson, getView } from "./fetching.js";
import { fullDay, instant } from "./format.js";
import * as bill from "./views/bill.js";
import * as health from "./views/health.js";
import * as hygiene from "./views/hygiene.js";
import * as owners from "./views/owners.js";

const SHOWN = { bill, owners, health, hygiene };
const byId = (id) => document.getElementById(id);

const say = (text) => {
    byId("state").textContent = text;
};

function showNavigation(view, lake) {
    document.title = `${SHOWN[view].TITLE} – LaunchDarkly usage`;
    for (const link of document.querySelectorAll("nav a")) {
        link.href = addressOf(link.dataset.view, lake);
        if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    }
}

function showLakes(lakes, lake, view) {
    const select = byId("lake");
    const known = lakes.some(({ name }) => name === lake);
    if (!known) select.append(el("option", { value: lake, selected: true }, lake));
    select.append(
        ...lakes.map(({ name, uri }) => el("option", { value: name, selected: name === lake, title: uri }, name)),
    );
    select.addEventListener("change", () => location.assign(addressOf(view, select.value)));
    byId("lakes").hidden = known && lakes.length < 2;
}

function showAge(found) {
    const written = found.written_at ? `Written ${instant(found.written_at)}.` : "";
    byId("through").textContent = found.through ? `Reported through ${fullDay(found.through)}. ${written}` : written;
    byId("late").hidden = !found.late;
    byId("late").replaceChildren(el("strong", {}, "The data is late. "), found.late || "");
}

function asUsageError(error) {
    if (error instanceof UsageError) return error;
    console.error(error);
    const action = "Reload the page. If that does not help, report it with what the browser's console says.";
    return new UsageError("error", "The page could not show the figures", String(error), action);
}

const EARLY = ["no_lake", "no_report"]; // nothing is broken: something is still to be set up

function showFailure(error) {
    const { code, title, detail, action } = asUsageError(error);
    const kind = EARLY.includes(code) ? "panel early" : "panel failure";
    const again = el("button", { type: "button", click: () => location.reload() }, "Try again");
    byId("view").replaceChildren(
        el(
            "section",
            { class: kind, "aria-labelledby": "failure" },
            el("h2", { id: "failure" }, title),
            detail && el("p", {}, detail),
            action && el("p", { class: "action" }, el("strong", {}, "What to do: "), action),
            again,
        ),
    );
    say(`${title}. ${action || ""}`);
}

async function show() {
    const view = currentView();
    const { TITLE, show: draw, prepare } = SHOWN[view];
    showNavigation(view, askedLake());
    say(`Loading: ${TITLE}`);
    byId("view").replaceChildren(el("p", { class: "loading" }, "Loading the figures…"));
    byId("view").setAttribute("aria-busy", "true");
    try {
        prepare?.();
        const { lakes, selected } = await getJson("../data/lakes.json");
        const lake = askedLake() ?? selected;
        showNavigation(view, lake);
        showLakes(lakes, lake, view);
        const found = await getView(view, lake);
        showAge(found);
        byId("view").replaceChildren(el("h2", { class: "unseen" }, TITLE), ...draw(found));
        say(`${TITLE} is shown.`);
    } catch (error) {
        showFailure(error);
    } finally {
        byId("view").removeAttribute("aria-busy");
    }
}

show();
