// Makes elements. Text goes in as text nodes alone, so a name from the usage is never read as markup.

/** An element; `attributes` with a function are listeners, true and false set and leave out. */
export function el(name, attributes = {}, ...children) {
    return filled(document.createElement(name), attributes, children);
}

/** An element of SVG. */
export function svg(name, attributes = {}, ...children) {
    return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) {
        if (typeof value === "function") element.addEventListener(key, value);
        else if (value === true) element.setAttribute(key, "");
        else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

let numbered = 0;

/** An id that nothing on the page has. */
export const freshId = (stem) => `${stem}-${++numbered}`;

/** A section with its heading, which names it; `beside` stands at the heading's right. */
export function section(title, content, beside = []) {
    const id = freshId("section");
    const heading = el("div", { class: "section-heading" }, el("h2", { id }, title), beside);
    return el("section", { "aria-labelledby": id }, heading, content);
}

/** A labelled select. `choices` are pairs of value and text. */
export function choice(label, choices, selected, onChange) {
    const options = choices.map(([value, text]) => el("option", { value, selected: value === selected }, text));
    const id = freshId("choice");
    const select = el("select", { id, change: () => onChange(select.value) }, options);
    return el("div", { class: "choice" }, el("label", { for: id }, label), select);
}

/** Text for screen readers alone. */
export const unseen = (text) => el("span", { class: "unseen" }, text);
