/** An exchange as a command of curl: to the same place, with a key to be put in. */
import { ORIGIN } from "../state/api.js";
import { getState } from "../state/store.js";

/** Headers that are worth repeating beside the type; whatever else a client sent of itself is its own affair. */
const KEPT = /^(content-type|idempotency-key|traceparent|x-client-request-id)$/;
/** How much of a body the journal keeps. */
const KEEPS = 65_536;

export const KEY = "${ARK_API_KEY:-any-key}";

/** A text as one word of a shell. */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The address to which an exchange went, in the world that is shown. */
export function urlOf(entry) {
  const path = entry.path.replace(/^\/+w\/[^/]+/, "");
  const { world } = getState();
  return `${ORIGIN}${world ? `/w/${encodeURIComponent(world)}` : ""}${path}${entry.query ? `?${entry.query}` : ""}`;
}

/** The command. `ARK_API_KEY` is taken from the environment, if it is there. */
export function curlOf(entry) {
  const { headers, body } = entry.request;
  const words = [`curl -sS -X ${entry.method} ${quoted(urlOf(entry))}`];
  // The storage refuses a signed link that comes with a second way to authenticate.
  if (!/[?&]X-Tos-Signature=/.test(`?${entry.query}`)) words.push(`-H "Authorization: Bearer ${KEY}"`);
  if (headers.host && headers.host !== location.host) words.push(`-H ${quoted(`Host: ${headers.host}`)}`);
  for (const [name, value] of Object.entries(headers))
    if (KEPT.test(name)) words.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) words.push(`--data-raw ${quoted(body)}`);
  const cut = body.length >= KEEPS ? "# the journal keeps the beginning of this body alone\n" : "";
  return cut + words.join(" \\\n  ");
}
