/**
 * What every module knows about a task: its statuses, its name, and how far it has come.
 *
 * @typedef {"queued"|"running"|"succeeded"|"failed"|"expired"|"cancelled"} TaskStatus
 * @typedef {{status: TaskStatus, at: number}} Mark  a status that the task reached, or will reach, at that time
 * @typedef {object} CallbackSummary
 * @property {number} [number]  absent while the callback is planned
 * @property {TaskStatus} status  the status that the callback reports
 * @property {"planned"|"pending"|"delivered"|"failed"} state
 * @property {number} at
 * @property {number} [due]
 * @property {number} [attempts]
 * @property {string} [url]
 * @property {string} [verdict]
 * @property {number} [answered]
 *
 * @typedef {object} Task
 * @property {string} id
 * @property {string} [alias]  the id that the client received, if a gateway issued its own
 * @property {string} dialect
 * @property {string} model
 * @property {string} mode
 * @property {string} [prompt]
 * @property {string} [key]
 * @property {string} [rule]
 * @property {TaskStatus} status
 * @property {number} created_at
 * @property {Mark[]} marks  reached and planned statuses, in order
 * @property {boolean} waits  true while the next step has no time: it needs a poll, a slot or a command
 * @property {number} gone_at
 * @property {number[]} [ticks]  times of its polls
 * @property {{at: number, fault: string, number: number}[]} [faults]
 * @property {CallbackSummary[]} [callbacks]
 * @property {number} [link_expires_at]
 * @property {number} [tokens]
 * @property {{USD: number|null, CNY: number|null}} [cost]
 * @property {string} [error]
 */

/** @type {TaskStatus[]} every status, in the order in which counts are shown */
export const STATUSES = ["queued", "running", "succeeded", "failed", "expired", "cancelled"];

/**
 * True for a status that a task never leaves.
 *
 * @param {string} status
 */
export const isFinal = (status) => status !== "queued" && status !== "running";

/**
 * The id by which clients know the task.
 *
 * @param {{id: string, alias?: string}} task
 */
export const nameOf = (task) => task.alias ?? task.id;

/**
 * The place of the current status among the marks; the marks after it are planned.
 *
 * @param {Task} task
 */
export const currentMark = (task) => task.marks.findIndex((mark) => mark.status === task.status);

/**
 * How many tasks there are of each status.
 *
 * @param {Iterable<{status: string}>} tasks
 * @returns {Record<string, number>}
 */
export function countByStatus(tasks) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { status } of tasks) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
