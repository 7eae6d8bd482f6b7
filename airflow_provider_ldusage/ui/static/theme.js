// The page wears Airflow's theme: the class of the parent's <html>, followed live. By itself, the system's.
// A classic script in the head, so that nothing is painted in the wrong colours first.
(() => {
    const root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)");

    function parentRoot() {
        try {
            return window.parent === window ? null : window.parent.document.documentElement;
        } catch {
            return null; // a parent of another origin
        }
    }

    const outer = parentRoot();

    function follow() {
        const named = outer && ["dark", "light"].find((theme) => outer.classList.contains(theme));
        const theme = named || (system.matches ? "dark" : "light");
        if (root.dataset.theme === theme) return;
        root.dataset.theme = theme;
        window.dispatchEvent(new Event("themechange"));
    }

    root.classList.toggle("framed", outer !== null);
    follow();
    system.addEventListener("change", follow);
    if (outer) new MutationObserver(follow).observe(outer, { attributeFilter: ["class"] });
})();
