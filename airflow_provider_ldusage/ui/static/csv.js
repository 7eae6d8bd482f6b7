// A table as a CSV file, made in the browser.

// A spreadsheet would run a cell that begins so as a formula, in full width too. Where the decimal point is a comma, it
// may part cells at semicolons, whatever the quotes say.
const FORMULA = /((?:^|[;\t\r\n]) *)(?=[=+\-@＝＋－＠])/g;
const BLANK = /^(?=[\t\r\n])/;

function cell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = String(value);
    const harmless = text.replace(FORMULA, "$1'").replace(BLANK, "'");
    return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** CSV text by RFC 4180. */
export const csvText = (rows) => rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");

/** Offers rows as a file. The mark at its beginning tells Excel that it is UTF-8. */
export function download(name, rows) {
    const address = URL.createObjectURL(new Blob(["\ufeff", csvText(rows)], { type: "text/csv;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
