// Links out of the frame. Its sandbox blocks target=_top, but a link that the parent's document holds may be followed.

/** Where a task run is in Airflow's UI, from the page's own address; null if the load does not say. */
export function taskRun(load) {
    if (!load.dag_id || !load.run_id || !load.task_id) return null;
    const ids = [load.dag_id, load.run_id, load.task_id];
    if (ids.some((id) => id === "." || id === "..")) return null; // would lead elsewhere
    const [dag, run, task] = ids.map(encodeURIComponent);
    const mapped = Number(load.map_index) >= 0 && load.map_index !== null ? `/mapped/${Number(load.map_index)}` : "";
    const tried = Number(load.try_number) > 0 ? `?try_number=${Number(load.try_number)}` : "";
    return new URL(`../../dags/${dag}/runs/${run}/tasks/${task}${mapped}${tried}`, document.baseURI).href;
}

/** A listener that follows a link in Airflow's window. */
export function followOutside(event) {
    if (window.parent === window) return;
    const outer = window.parent.document;
    const link = outer.createElement("a");
    link.href = event.currentTarget.href;
    event.preventDefault();
    outer.body.append(link);
    link.click();
    link.remove();
}
