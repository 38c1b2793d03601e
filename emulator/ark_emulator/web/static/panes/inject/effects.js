/**
 * The faults that can be injected: what each effect does, its argument, and the rule that a form describes.
 *
 * @typedef {object} FaultForm
 * @property {string} on  the kind of exchange
 * @property {string} effect  a key of `EFFECTS`
 * @property {Record<string, string>} given  arguments of effects, by the kinds of `ARGUMENTS`
 * @property {"next"|"every"|"chance"|"always"} scope
 * @property {string} times  how many, every how many, or per cent
 * @property {Record<string, string>} only  patterns of model, prompt, key and dialect
 * @property {string} retryAfter
 *
 * @typedef {{code: string, status: number}} ErrorCode
 */

/** @type {[kind: string, title: string][]} kinds of exchange, as the scenario and the page name them */
export const EXCHANGES = [
  ["create", "Create"],
  ["fetch", "Poll"],
  ["list", "List"],
  ["delete", "Delete"],
  ["content", "Content"],
  ["download", "Download"],
  ["callback", "Callback"],
];

/** @type {Record<string, {title: string, about: string, argument?: string}>} */
export const EFFECTS = {
  refuse: { title: "Reject", about: "an error of the service, in the words of the dialect", argument: "code" },
  status: { title: "HTTP status", about: "a response as a proxy would send it", argument: "status" },
  html: { title: "HTML", about: "an HTML page with status 200" },
  empty: { title: "Empty body", about: "the real status without a body" },
  malformed: { title: "Malformed JSON", about: "a body that cannot be parsed" },
  delay: { title: "Delay", about: "the right response, late", argument: "length" },
  hang: { title: "Hang", about: "no response at all" },
  reset: { title: "Reset", about: "the connection is reset" },
  truncate: { title: "Truncate", about: "a part of the body, then the end", argument: "share" },
  drip: { title: "Drip", about: "the body, slowly", argument: "rate" },
  drift: { title: "Drift", about: "a field with another type or name", argument: "drift" },
  show: { title: "Other status", about: "an unknown word for the status", argument: "word" },
  backwards: { title: "Backwards", about: "the previous status, as from a stale replica" },
  after_commit: {
    title: "Lose the reply",
    about: "the task exists and is billed, but its creator gets no response",
    argument: "after",
  },
  missing: { title: "Missing", about: "404 for the first downloads of each object", argument: "count" },
  expire: { title: "Expire early", about: "links expire this long after the success", argument: "length" },
  wrong_type: { title: "Wrong type", about: "another content type" },
  escaped: { title: "Escaped link", about: "403, as if & had arrived as \\u0026" },
  lose: { title: "Lose", about: "not sent, but counted as sent" },
  duplicate: { title: "Duplicate", about: "sent several times", argument: "count" },
  late: { title: "Late", about: "sent this much later", argument: "length" },
  reorder: { title: "Reorder", about: "sent after the next one" },
};

/**
 * The label, the default and the format of each argument; `options` make it a menu.
 *
 * @type {Record<string, {label: string, usual: string, hint?: string, options?: (string|[string, string])[]}>}
 */
export const ARGUMENTS = {
  code: { label: "Code", usual: "" },
  status: { label: "Status", usual: "503", hint: "200 to 599" },
  length: { label: "How long", usual: "10s", hint: "500ms, 2s, 3m, 8s..12s" },
  share: { label: "How much arrives", usual: "50%" },
  rate: { label: "How fast", usual: "2kB/s" },
  drift: { label: "Field", usual: "usage", options: ["usage", "duration", "error"] },
  word: { label: "Word", usual: "processing" },
  after: {
    label: "What happens to the response",
    usual: "reset",
    options: [
      ["reset", "the connection is reset"],
      ["hang", "it never arrives"],
      ["truncate", "it is cut off"],
      ["malformed", "it is not JSON"],
      ["504", "a proxy answers 504"],
      ["30s", "it arrives 30 s late"],
    ],
  },
  count: { label: "How many times", usual: "2" },
};

/** @type {FaultForm} */
export const INITIAL_FORM = {
  on: "create",
  effect: "after_commit",
  given: {},
  scope: "next",
  times: "3",
  only: { model: "", prompt: "", key: "", dialect: "" },
  retryAfter: "",
};

const RATE_LIMITED = "ModelAccountRpmRateLimitExceeded";

/** @type {{title: string, form: Partial<FaultForm>}[]} frequent faults */
export const PRESETS = [
  { title: "Lost reply to a create", form: { on: "create", effect: "after_commit", scope: "next", times: "3" } },
  {
    title: "429 on create",
    form: {
      on: "create",
      effect: "refuse",
      given: { code: RATE_LIMITED },
      retryAfter: "2s",
      scope: "next",
      times: "3",
    },
  },
  {
    title: "Polls answer 503",
    form: { on: "fetch", effect: "status", given: { status: "503" }, scope: "next", times: "3" },
  },
  { title: "Every fifth poll hangs", form: { on: "fetch", effect: "hang", scope: "every", times: "5" } },
  { title: "Half a download", form: { on: "download", effect: "truncate", scope: "next", times: "1" } },
  { title: "Lost callback", form: { on: "callback", effect: "lose", scope: "next", times: "1" } },
];

const toNumber = (/** @type {string} */ text) => (/^\d+$/.test(text) ? Number(text) : text);

/**
 * The rule that a form describes, as an element of `faults`.
 *
 * @param {FaultForm} form
 * @param {ErrorCode[]} codes
 */
export function faultOf(form, codes) {
  /** @type {Record<string, any>} */
  const fault = { on: form.on };
  for (const [name, pattern] of Object.entries(form.only)) if (pattern.trim()) fault[name] = pattern.trim();
  if (form.scope === "next") fault.first = toNumber(form.times);
  if (form.scope === "every") fault.every = toNumber(form.times);
  if (form.scope === "chance") fault.chance = `${form.times}%`;
  const { argument } = EFFECTS[form.effect];
  fault[form.effect] = argument ? toNumber(argumentOf(form, argument, codes)) : true;
  if (form.retryAfter && takesRetryAfter(form)) fault.retry_after = form.retryAfter;
  return fault;
}

/**
 * The value of an argument: the given one, or its default.
 *
 * @param {FaultForm} form
 * @param {string} argument
 * @param {ErrorCode[]} codes
 */
export function argumentOf(form, argument, codes) {
  const value = form.given[argument] ?? ARGUMENTS[argument].usual;
  if (argument !== "code" || codes.some((each) => each.code === value)) return value;
  return codes[0]?.code ?? "";
}

/**
 * True for an effect whose response can have a `Retry-After` header.
 *
 * @param {Pick<FaultForm, "effect"|"given">} form
 */
export const takesRetryAfter = ({ effect, given }) =>
  effect === "refuse" || effect === "status" || (effect === "after_commit" && /^\d+$/.test(given.after ?? ""));

/** Effects after which the official SDKs repeat a request, as they do after some statuses. */
const LOST_RESPONSE = new Set(["reset", "hang", "truncate"]);
const isRetriedStatus = (/** @type {number} */ status) => [408, 409, 429].includes(status) || status >= 500;
/** Attempts that the official SDKs make. */
const SDK_ATTEMPTS = 3;

/**
 * True for a fault that the retries of the official SDKs hide from their users.
 *
 * @param {FaultForm} form
 * @param {ErrorCode[]} codes
 */
export function isHiddenBySdks(form, codes) {
  if (["download", "callback"].includes(form.on)) return false;
  if (form.scope !== "next" || Number(form.times) >= SDK_ATTEMPTS) return false;
  const fault = faultOf(form, codes);
  if (form.effect === "refuse") return isRetriedStatus(codes.find((each) => each.code === fault.refuse)?.status ?? 0);
  if (form.effect === "status") return isRetriedStatus(fault.status);
  if (form.effect === "after_commit")
    return LOST_RESPONSE.has(fault.after_commit) || isRetriedStatus(fault.after_commit);
  return LOST_RESPONSE.has(form.effect);
}
