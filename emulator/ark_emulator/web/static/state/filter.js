/**
 * The language of the filter box. All words must match: `status:failed`, `model:2-0`, `dialect:ark`, `key:sk-a`,
 * `rule:emu`, `is:faulty`. A plain word is searched in ids, prompt and model; a `-` in front negates a word.
 *
 * @typedef {import("../task.js").Task} Task
 * @typedef {(task: Task) => boolean} Predicate
 */
import { isFinal } from "../task.js";

/** @type {Record<string, (task: Task) => unknown>} */
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
/** @type {Record<string, Predicate>} */
const TRAITS = {
  faulty: (task) => Boolean(task.faults?.length),
  called: (task) => Boolean(task.callbacks?.length),
  ended: (task) => isFinal(task.status),
  open: (task) => !isFinal(task.status),
};

export const FILTER_HINT = "Filter: status:failed  model:2-0  is:open  a word";

/**
 * Parse a filter.
 *
 * @param {string} text
 * @returns {Predicate}
 */
export function parseFilter(text) {
  const predicates = text.trim().toLowerCase().split(/\s+/).filter(Boolean).map(parseWord);
  return (task) => predicates.every((matches) => matches(task));
}

/**
 * @param {string} word
 * @returns {Predicate}
 */
function parseWord(word) {
  if (word.startsWith("-") && word.length > 1) {
    const matches = parseWord(word.slice(1));
    return (task) => !matches(task);
  }
  const [name, ...rest] = word.split(":");
  const value = rest.join(":");
  if (name === "is" && value in TRAITS) return TRAITS[value];
  if (value && name in FIELDS) return (task) => contains(FIELDS[name](task), value);
  return (task) => [task.id, task.alias, task.prompt, task.model].some((field) => contains(field, word));
}

/**
 * @param {unknown} value
 * @param {string} word
 */
const contains = (value, word) =>
  String(value ?? "")
    .toLowerCase()
    .includes(word);

/**
 * Add a word to a filter, or remove it.
 *
 * @param {string} filter
 * @param {string} word
 */
export function toggleWord(filter, word) {
  const words = filter.split(/\s+/).filter(Boolean);
  return (words.includes(word) ? words.filter((each) => each !== word) : [...words, word]).join(" ");
}

/** @type {{tasks: Map<string, Task>|null, filter: string, result: Task[]}} */
let cache = { tasks: null, filter: "", result: [] };

/**
 * The tasks that match the filter, newest first. The same list is returned until the tasks or the filter change.
 *
 * @param {{tasks: Map<string, Task>, filter: string}} state
 */
export function filteredTasks({ tasks, filter }) {
  if (cache.tasks !== tasks || cache.filter !== filter) {
    cache = { tasks, filter, result: [...tasks.values()].filter(parseFilter(filter)) };
  }
  return cache.result;
}
