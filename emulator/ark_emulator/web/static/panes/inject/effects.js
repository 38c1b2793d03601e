/**
 * Faults that can be injected: what each does, what it wants to know, and the rule of a scenario that it comes to.
 *
 * @typedef {object} Wish
 * @property {string} on  the kind of exchange
 * @property {string} effect  a key of `EFFECTS`
 * @property {Record<string, string>} given  what the effect wants to know, by the kinds of `ARGUMENTS`
 * @property {"next"|"every"|"chance"|"always"} scope
 * @property {string} times  how many, every how many, or per cent
 * @property {Record<string, string>} only  patterns of model, prompt, key and dialect
 * @property {string} retryAfter
 */

/** Kinds of exchange, in the words of the page. */
export const EXCHANGES = [
  ["create", "Create"],
  ["fetch", "Poll"],
  ["list", "List"],
  ["delete", "Delete"],
  ["content", "Content"],
  ["download", "Download"],
  ["callback", "Callback"],
];

/** Each effect: title, meaning, and the argument that it takes, if any. */
export const EFFECTS = {
  refuse: ["Refuse", "an error of the service, in the words of the dialect", "code"],
  status: ["HTTP status", "as a proxy in between would answer", "status"],
  html: ["HTML", "a page of HTML with status 200"],
  empty: ["Empty body", "the real status, and nothing else"],
  malformed: ["Malformed JSON", "a body that does not parse"],
  delay: ["Delay", "the right answer, late", "length"],
  hang: ["Hang", "no answer at all"],
  reset: ["Reset", "the connection is reset"],
  truncate: ["Truncate", "a share of the body, then the end", "share"],
  drip: ["Drip", "the body, slowly", "rate"],
  drift: ["Drift", "a field under another type or name", "drift"],
  show: ["Other status", "a word for the status that nobody knows", "word"],
  backwards: ["Backwards", "the status before the last one: a stale replica"],
  after_commit: ["Lose the reply", "the task exists and is billed, its creator never hears of it", "after"],
  missing: ["Missing", "404 for the first downloads of each object", "count"],
  expire: ["Expire early", "links die so long after the success", "length"],
  wrong_type: ["Wrong type", "another content type"],
  escaped: ["Escaped link", "403, as if & had come as \\u0026"],
  lose: ["Lose", "never sent, and counted as sent"],
  duplicate: ["Duplicate", "arrives several times", "count"],
  late: ["Late", "sent so much later", "length"],
  reorder: ["Reorder", "changes places with the next one"],
};

/** What an argument is called, what it is at first, and how it is written: `options` makes it a list. */
export const ARGUMENTS = {
  code: { label: "Code", usual: "" },
  status: { label: "Status", usual: "503", hint: "200 to 599" },
  length: { label: "How long", usual: "10s", hint: "500ms, 2s, 3m, 8s..12s" },
  share: { label: "How much arrives", usual: "50%" },
  rate: { label: "How fast", usual: "2kB/s" },
  drift: { label: "Field", usual: "usage", options: ["usage", "duration", "error"] },
  word: { label: "Word", usual: "processing" },
  after: {
    label: "What happens to the reply",
    usual: "reset",
    options: [
      ["reset", "the connection is reset"],
      ["hang", "it never comes"],
      ["truncate", "it is cut"],
      ["malformed", "it is no JSON"],
      ["504", "a proxy answers 504"],
      ["30s", "it comes 30 s late"],
    ],
  },
  count: { label: "How many times", usual: "2" },
};

/** Things that go wrong most often, to begin with. */
export const FAVOURITES = [
  ["Lost reply to a create", { on: "create", effect: "after_commit", scope: "next", times: "3" }],
  [
    "429 on create",
    {
      on: "create",
      effect: "refuse",
      given: { code: "ModelAccountRpmRateLimitExceeded" },
      retryAfter: "2s",
      scope: "next",
      times: "3",
    },
  ],
  ["Polls answer 503", { on: "fetch", effect: "status", given: { status: "503" }, scope: "next", times: "3" }],
  ["Every fifth poll hangs", { on: "fetch", effect: "hang", scope: "every", times: "5" }],
  ["Half a download", { on: "download", effect: "truncate", scope: "next", times: "1" }],
  ["Lost callback", { on: "callback", effect: "lose", scope: "next", times: "1" }],
];

export const FIRST = {
  on: "create",
  effect: "after_commit",
  given: {},
  scope: "next",
  times: "3",
  only: { model: "", prompt: "", key: "", dialect: "" },
  retryAfter: "",
};

const number = (text) => (/^\d+$/.test(text) ? Number(text) : text);
const CONDITIONS = { next: "first", every: "every" };

/** The rule that a wish comes to, as an element of `faults`. */
export function faultOf(wish, codes) {
  const fault = { on: wish.on };
  for (const [name, pattern] of Object.entries(wish.only)) if (pattern.trim()) fault[name] = pattern.trim();
  if (wish.scope === "chance") fault.chance = `${wish.times}%`;
  else if (wish.scope !== "always") fault[CONDITIONS[wish.scope]] = number(wish.times);
  const [, , argument] = EFFECTS[wish.effect];
  fault[wish.effect] = argument ? number(argumentOf(wish, argument, codes)) : true;
  if (wish.retryAfter && takesRetryAfter(wish)) fault.retry_after = wish.retryAfter;
  return fault;
}

/** What an argument is: as it was given, else as it usually is. */
export function argumentOf(wish, argument, codes) {
  const given = wish.given[argument] ?? ARGUMENTS[argument].usual;
  if (argument !== "code") return given;
  return codes.some((each) => each.code === given) ? given : (codes[0]?.code ?? "");
}

export const takesRetryAfter = ({ effect, given }) =>
  effect === "refuse" || effect === "status" || (effect === "after_commit" && /^\d+$/.test(given.after ?? ""));

const LOST = new Set(["reset", "hang", "truncate"]);
const again = (status) => [408, 409, 429].includes(status) || status >= 500;

/** True when official SDKs repeat such a request, so that fewer than three in a row stay hidden from their users. */
export function hiddenBySdks(wish, codes) {
  if (["download", "callback"].includes(wish.on) || wish.scope !== "next" || Number(wish.times) >= 3) return false;
  const fault = faultOf(wish, codes);
  if (wish.effect === "refuse") return again(codes.find((each) => each.code === fault.refuse)?.status ?? 0);
  if (wish.effect === "status") return again(fault.status);
  if (wish.effect === "after_commit") return LOST.has(fault.after_commit) || again(fault.after_commit);
  return LOST.has(wish.effect);
}
