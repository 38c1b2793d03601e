/**
 * A task's life as a scenario: one outcome that takes submissions with its prompt and its model, and lets them live as it
 * lives. What was forced on it is told like the rest; what is planned still is told as planned.
 */
const DAY = 86_400;
const FINAL = new Set(["succeeded", "failed", "expired", "cancelled"]);

/**
 * The scenario as YAML. Texts are written as JSON writes them, which is YAML as well.
 *
 * @param {object} inside  the task from the inside, as the control API tells it
 * @param {import("../state/store.js").Task} short
 * @param {string[]} codes  the codes with which tasks fail by themselves, in words of the service
 */
export function lifeOf(inside, short, codes) {
  const steps = stepsOf(inside, (status) => endOf(status, inside, codes));
  const about = `What became of ${short.alias ?? short.id}, again`;
  const steering = /\bemu:[a-z-]+/.exec(inside.prompt)?.[0];
  const lines = [
    "version: 1",
    `name: ${text(`like-${(short.alias ?? short.id).slice(-5).toLowerCase()}`)}`,
    `about: ${text(about)}`,
    ...(steering ? [`# The prompt steers by itself: ${steering} comes before every rule.`] : []),
    "outcomes:",
    `  - when: {${[...(inside.prompt.trim() ? [`prompt: ${text(globOf(inside.prompt))}`] : []), `model: ${text(globOf(short.model))}`].join(", ")}}`,
    "    then:",
    ...steps.map((step) => `      - ${step}`),
  ];
  return `${lines.join("\n")}\n`;
}

const text = (value) => JSON.stringify(value).replaceAll("\u007f", "\\u007f");

/** A glob that fits that text: what would mean more in a glob is any one character. */
const globOf = (value) => value.replaceAll("*", "?").replace(/^\//, "?");

function stepsOf({ moves, ahead, plan }, end) {
  const marks = [...moves, ...ahead];
  const steps = [];
  for (const [place, mark] of marks.entries()) {
    const next = marks[place + 1];
    if (FINAL.has(mark.status)) steps.push(end(mark.status));
    else if (!next) steps.push(...plannedFrom(mark.status, plan, end));
    else if (next.status === "expired" && isDue(next, plan)) return [...steps, `${mark.status}: forever`];
    else steps.push(`${mark.status}: ${lengthOf(next.at - mark.at)}`);
  }
  return steps;
}

/** True for the expiry of a task that nobody made expire. */
const isDue = (mark, plan) => Math.abs(mark.at - plan.accepted_at - plan.expires_after) < 1;

const lengthOf = (seconds) => `${Number(Math.max(0, seconds).toFixed(3))}s`;

/** What is to come where its times are not known: the task waits for a poll, for a slot, or for ever. */
function plannedFrom(status, plan, end) {
  const from = plan.steps.findLastIndex((step) => step.status === status);
  if (from < 0) return [`${status}: forever`];
  return plan.steps.slice(from).map((step) => {
    if (FINAL.has(step.status)) return end(step.status);
    if (step.polls) return `${step.status}: {polls: ${step.polls}}`;
    return step.seconds === null ? `${step.status}: forever` : `${step.status}: ${lengthOf(step.seconds)}`;
  });
}

function endOf(status, { plan, facts }, codes) {
  if (status === "failed") return failedWith(facts.findLast((fact) => fact.failure)?.failure ?? plan.failure, codes);
  if (status !== "succeeded") return status;
  const { usage, video_url: video, last_frame_url: frame, model } = plan.result;
  const odd = [
    usage !== "plain" && `usage: ${usage}`,
    video !== "plain" && `video_url: ${video}`,
    frame !== "plain" && `last_frame_url: ${frame}`,
    model && `model: ${text(model)}`,
    plan.link_life !== DAY && `expire: ${plan.link_life}s`,
    Object.keys(plan.shown).length && `shown: ${text(plan.shown)}`,
  ].filter(Boolean);
  return odd.length ? `succeeded: {${odd.join(", ")}}` : "succeeded";
}

/** A message that ends with a request's id is the service's own, and is written anew for each task. */
const OWN_WORDS = /\s*request id: \S+$/i;

function failedWith(failure, codes) {
  if (!failure) return "failed";
  if (codes.includes(failure.code) && OWN_WORDS.test(failure.message)) return `failed: ${failure.code}`;
  return `failed: {code: ${text(failure.code)}, message: ${text(failure.message.replace(OWN_WORDS, ""))}}`;
}
