/**
 * The language of the filter box: words that must all fit. `status:failed`, `model:2-0`, `dialect:ark`, `key:sk-a`,
 * `rule:emu`, `is:faulty`; a plain word is looked for in ids, prompt and model; `-` in front turns a word around.
 */
const FIELDS = {
  status: (task) => task.status,
  model: (task) => task.model,
  dialect: (task) => task.dialect,
  key: (task) => task.key,
  rule: (task) => task.rule,
  prompt: (task) => task.prompt,
  mode: (task) => task.mode,
  error: (task) => task.error,
  id: (task) => `${task.id} ${task.alias ?? ""}`,
};
const TRAITS = {
  faulty: (task) => Boolean(task.faults?.length),
  called: (task) => Boolean(task.callbacks?.length),
  ended: (task) => !["queued", "running"].includes(task.status),
  open: (task) => ["queued", "running"].includes(task.status),
};

export const HINT = "Filter: status:failed  model:2-0  is:open  a word";

/**
 * What the filter lets through.
 *
 * @param {string} text
 * @returns {(task: import("./store.js").Task) => boolean}
 */
export function filterOf(text) {
  const tests = text.trim().toLowerCase().split(/\s+/).filter(Boolean).map(testOf);
  return (task) => tests.every((fits) => fits(task));
}

function testOf(word) {
  if (word.startsWith("-") && word.length > 1) {
    const fits = testOf(word.slice(1));
    return (task) => !fits(task);
  }
  const [name, ...rest] = word.split(":");
  const wanted = rest.join(":");
  if (name === "is" && wanted in TRAITS) return TRAITS[wanted];
  if (wanted && name in FIELDS)
    return (task) =>
      String(FIELDS[name](task) ?? "")
        .toLowerCase()
        .includes(wanted);
  return (task) =>
    [task.id, task.alias, task.prompt, task.model].some((value) =>
      String(value ?? "")
        .toLowerCase()
        .includes(word),
    );
}

let last = { tasks: null, filter: "", found: [] };

/** The tasks that the filter lets through, newest first; the same list as long as nothing changed. */
export function shownTasks({ tasks, filter }) {
  if (last.tasks !== tasks || last.filter !== filter) {
    last = { tasks, filter, found: [...tasks.values()].filter(filterOf(filter)) };
  }
  return last.found;
}
