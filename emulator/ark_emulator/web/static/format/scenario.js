/**
 * The life of a task as a scenario: one outcome, for tasks with its prompt and its model, with the same statuses at the
 * same times. Statuses that were forced are written like the others; planned ones are written as planned.
 */
import { isFinal, nameOf } from "../task.js";

const DAY = 86_400;
/** A message that ends with a request id is the service's own text, which is written again for each task. */
const REQUEST_ID = /\s*request id: \S+$/i;

/**
 * @typedef {{status: string, at: number}} Mark
 * @typedef {{code: string, message: string}} Failure
 * @typedef {object} TaskDetail  a task as `GET /_emulator/tasks/{id}` describes it
 * @property {string} prompt
 * @property {Mark[]} moves
 * @property {Mark[]} ahead
 * @property {any} plan
 * @property {{failure?: Failure}[]} facts
 */

/**
 * The scenario as YAML. Strings are written as JSON, which is valid YAML.
 *
 * @param {TaskDetail} detail
 * @param {{id: string, alias?: string, model: string}} task
 * @param {string[]} codes  the codes with which tasks fail in the service's own words
 */
export function scenarioOfTask(detail, task, codes) {
  const name = nameOf(task);
  const steps = stepsOf(detail, (status) => finalStep(status, detail, codes));
  const steering = /\bemu:[a-z-]+/.exec(detail.prompt)?.[0];
  const prompt = detail.prompt.trim() ? [`prompt: ${quote(literalGlob(detail.prompt))}`] : [];
  const conditions = [...prompt, `model: ${quote(literalGlob(task.model))}`];
  const lines = [
    "version: 1",
    `name: ${quote(`like-${name.slice(-5).toLowerCase()}`)}`,
    `about: ${quote(`The life of ${name}, again`)}`,
    ...(steering ? [`# The word ${steering} in the prompt takes precedence over this rule.`] : []),
    "outcomes:",
    `  - when: {${conditions.join(", ")}}`,
    "    then:",
    ...steps.map((step) => `      - ${step}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** @param {unknown} value */
const quote = (value) => JSON.stringify(value).replaceAll("\u007f", "\\u007f");

/**
 * A glob that matches the text: what has a meaning in a glob becomes any one character.
 *
 * @param {string} text
 */
const literalGlob = (text) => text.replaceAll("*", "?").replace(/^\//, "?");

/**
 * @param {TaskDetail} detail
 * @param {(status: string) => string} finish
 */
function stepsOf({ moves, ahead, plan }, finish) {
  const marks = [...moves, ...ahead];
  const steps = [];
  for (const [place, mark] of marks.entries()) {
    const next = marks[place + 1];
    if (isFinal(mark.status)) steps.push(finish(mark.status));
    else if (!next) steps.push(...plannedSteps(mark.status, plan, finish));
    else if (next.status === "expired" && isOwnExpiry(next, plan)) return [...steps, `${mark.status}: forever`];
    else steps.push(`${mark.status}: ${seconds(next.at - mark.at)}`);
  }
  return steps;
}

/**
 * True for the expiry that every task has, as opposed to one that was planned or forced.
 *
 * @param {Mark} mark
 * @param {any} plan
 */
const isOwnExpiry = (mark, plan) => Math.abs(mark.at - plan.accepted_at - plan.expires_after) < 1;

/** @param {number} value */
const seconds = (value) => `${Number(Math.max(0, value).toFixed(3))}s`;

/**
 * The planned steps of a task whose next status has no time: it waits for a poll, for a slot, or forever.
 *
 * @param {string} status
 * @param {any} plan
 * @param {(status: string) => string} finish
 * @returns {string[]}
 */
function plannedSteps(status, plan, finish) {
  const from = plan.steps.findLastIndex((/** @type {any} */ step) => step.status === status);
  if (from < 0) return [`${status}: forever`];
  return plan.steps.slice(from).map((/** @type {any} */ step) => {
    if (isFinal(step.status)) return finish(step.status);
    if (step.polls) return `${step.status}: {polls: ${step.polls}}`;
    return step.seconds === null ? `${step.status}: forever` : `${step.status}: ${seconds(step.seconds)}`;
  });
}

/**
 * @param {string} status
 * @param {TaskDetail} detail
 * @param {string[]} codes
 */
function finalStep(status, { plan, facts }, codes) {
  if (status === "failed") {
    return failedStep(facts.findLast((fact) => fact.failure)?.failure ?? plan.failure, codes);
  }
  return status === "succeeded" ? succeededStep(plan) : status;
}

/** @param {any} plan */
function succeededStep(plan) {
  const { usage, video_url: video, last_frame_url: frame, model } = plan.result;
  const deviations = [
    usage !== "plain" && `usage: ${usage}`,
    video !== "plain" && `video_url: ${video}`,
    frame !== "plain" && `last_frame_url: ${frame}`,
    model && `model: ${quote(model)}`,
    plan.link_life !== DAY && `expire: ${plan.link_life}s`,
    Object.keys(plan.shown).length && `shown: ${quote(plan.shown)}`,
  ].filter(Boolean);
  return deviations.length ? `succeeded: {${deviations.join(", ")}}` : "succeeded";
}

/**
 * @param {Failure|null|undefined} failure
 * @param {string[]} codes
 */
function failedStep(failure, codes) {
  if (!failure) return "failed";
  if (codes.includes(failure.code) && REQUEST_ID.test(failure.message)) return `failed: ${failure.code}`;
  return `failed: {code: ${quote(failure.code)}, message: ${quote(failure.message.replace(REQUEST_ID, ""))}}`;
}
