// Asks the page's own server for JSON. A failure says what is wrong and what to do, in the server's words if it can.

export class UsageError extends Error {
    constructor(code, title, detail, action) {
        super(title);
        Object.assign(this, { code, title, detail, action });
    }
}

const REFUSED = {
    401: [
        "You are not signed in",
        "Airflow no longer knows this browser.",
        "Sign in to Airflow again, then reload the page.",
    ],
    403: [
        "You may not see this page",
        "Only those who may read plugins in Airflow see usage.",
        "Ask an administrator for the permission to read Plugins.",
    ],
};
const VERSION = 1;

async function asked(address) {
    try {
        return await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    } catch {
        throw new UsageError(
            "offline",
            "Airflow does not answer",
            "The page's server could not be reached.",
            "Try again in a moment.",
        );
    }
}

function refusal(answer, body) {
    if (body && body.title) return new UsageError(body.code, body.title, body.detail, body.action);
    const known = REFUSED[answer.status];
    if (known) return new UsageError(String(answer.status), ...known);
    const detail = `The server answered with status ${answer.status}.`;
    return new UsageError("error", "The figures could not be read", detail, "Look at the log of Airflow's API server.");
}

/** The JSON at an address relative to the page. */
export async function getJson(address) {
    const answer = await asked(address);
    const body = await answer.json().catch(() => null);
    if (!answer.ok || body === null) throw refusal(answer, body);
    return body;
}

/** The derived object of a view. */
export async function getView(view, lake) {
    const found = await getJson(`../data/${view}.json?lake=${encodeURIComponent(lake)}`);
    if (found.version <= VERSION) return found;
    throw new UsageError(
        "newer_version",
        "The report is newer than this page",
        `It wrote version ${found.version} of the figures.`,
        "Reload the page. If that does not help, upgrade the provider in Airflow's API server.",
    );
}
