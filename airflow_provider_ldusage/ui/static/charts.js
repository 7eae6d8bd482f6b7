// Draws the Vega-Lite specs of specs/. They name their data and their styles; both are filled in here.

import { el } from "./dom.js";

const LIBRARIES = ["vega.min.js", "vega-lite.min.js", "vega-embed.min.js"];
let libraries = null;
const specs = new Map();

function library(name) {
    return new Promise((resolve, reject) => {
        // In order, although they load side by side.
        const script = el("script", { src: new URL(`vendor/${name}`, import.meta.url), load: resolve, error: reject });
        script.async = false;
        document.head.append(script);
    });
}

/** Starts to load what draws charts, so that it is there when the figures are. */
export function prepare() {
    libraries ??= Promise.all(LIBRARIES.map(library));
    libraries.catch(() => {}); // who draws a chart says so
}

async function specOf(name) {
    if (!specs.has(name)) {
        specs.set(
            name,
            fetch(new URL(`specs/${name}.json`, import.meta.url)).then((answer) => answer.json()),
        );
    }
    return specs.get(name);
}

/** A colour of the style sheet, such as `colour("--plan")`. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The look of all charts: the page's colours and font, and the styles that specs name. */
function look() {
    const [ink, line] = ["--ink-muted", "--line"].map(colour);
    const [main, plan, over] = ["--to-date", "--plan", "--over"].map(colour);
    const font = getComputedStyle(document.body).fontFamily;
    return {
        aria: false,
        background: null,
        font,
        numberFormat: ",~f",
        padding: { left: 0, right: 10, top: 8, bottom: 6 },
        view: { stroke: null },
        axis: {
            labelColor: ink,
            titleColor: ink,
            gridColor: line,
            domainColor: line,
            tickColor: line,
            labelFontSize: 12,
            titleFontSize: 12,
            titleFontWeight: "normal",
            labelPadding: 6,
            labelSeparation: 10,
            ticks: false,
            domain: false,
        },
        axisX: { grid: false, domain: true, ticks: true },
        style: {
            "to-date": { color: main, strokeWidth: 2.5, strokeJoin: "round" },
            "to-date-fill": { color: main, opacity: 0.12 },
            "to-date-point": { color: main, opacity: 1, size: 30 },
            expected: { color: main, strokeWidth: 2, strokeDash: [5, 4] },
            "expected-range": { color: main, opacity: 0.25 },
            plan: { color: plan, opacity: 1, strokeWidth: 2 },
            "plan-text": { color: plan, fontSize: 12, fontWeight: 600 },
            period: { color: main },
            "period-over": { color: over },
            nothing: { opacity: 0 },
            stacked: { stroke: colour("--paper"), strokeWidth: 0.75 },
        },
    };
}

/** A chart that follows the theme and its own width. `data()` gives the named data in the colours of the moment. */
export class Chart {
    #drawn = Promise.resolve();
    #result = null;

    /** `says`: what the chart shows, in a sentence, for those who do not see it. */
    constructor(spec, says, data) {
        Object.assign(this, { spec, data });
        // Vega names the element that it draws in. Those who do not see it read the sentence and the table.
        this.drawing = el("div", { "aria-hidden": "true" });
        this.canvas = el("div", { class: "canvas", role: "img", "aria-label": says }, this.drawing);
        this.element = el("div", { class: "chart" }, this.canvas);
        window.addEventListener("themechange", this.#again);
        this.#again();
    }

    /** Ends it; its listeners too. */
    end() {
        window.removeEventListener("themechange", this.#again);
        this.#result?.finalize();
    }

    #again = () => {
        this.#drawn = this.#drawn.then(() => this.#draw()).catch((error) => this.#fail(error));
    };

    async #draw() {
        prepare();
        const [spec] = await Promise.all([specOf(this.spec), libraries]);
        this.#result?.finalize();
        const filled = { ...spec, datasets: this.data() };
        // Without `ast` Vega would make functions of text, which the page's policy forbids.
        this.#result = await window.vegaEmbed(this.drawing, filled, {
            actions: false,
            ast: true,
            config: look(),
            defaultStyle: false,
            renderer: "svg",
            tooltip: { disableDefaultStyle: true },
        });
        this.canvas.dataset.drawn = document.documentElement.dataset.theme;
        performance.mark("chart drawn");
    }

    #fail(error) {
        console.error(error);
        const told = "The chart could not be drawn. Its figures are in the table.";
        this.canvas.replaceWith(el("p", { class: "muted" }, told));
    }
}

/** A chart with the table of its figures at its side. */
export const beside = (chart, figures) => el("div", { class: "beside" }, chart.element, figures);
