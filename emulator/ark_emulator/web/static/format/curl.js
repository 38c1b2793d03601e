/**
 * Requests as curl commands.
 *
 * @typedef {object} Exchange  one entry of the journal, with headers and bodies
 * @property {string} method
 * @property {string} path
 * @property {string} [query]
 * @property {{headers: Record<string, string>, body: string}} request
 */

/** Headers that the command repeats besides the type; the others are specific to the client that sent them. */
const REPEATED_HEADERS = /^(content-type|idempotency-key|traceparent|x-client-request-id)$/;
/** Characters of a body that the journal keeps. */
const JOURNAL_BODY_LIMIT = 65_536;

/** The key as a shell expression: `ARK_API_KEY` of the environment, or any key. */
export const KEY_FROM_ENVIRONMENT = "${ARK_API_KEY:-any-key}";

/**
 * Quote a text as one word of a shell.
 *
 * @param {string} text
 */
export const shellQuote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A curl command. Headers are written in single quotes, except `authorization`, in which the shell expands variables.
 *
 * @param {{url: string, method?: string, silent?: boolean, headers?: [string, string][], authorization?: string,
 *   body?: string}} request
 */
export function curlCommand({ url, method, silent = false, headers = [], authorization, body }) {
  const start = ["curl", ...(silent ? ["-sS"] : []), ...(method ? ["-X", method] : []), shellQuote(url)].join(" ");
  return [
    start,
    ...(authorization ? [`-H "Authorization: ${authorization}"`] : []),
    ...headers.map(([name, value]) => `-H ${shellQuote(`${name}: ${value}`)}`),
    ...(body ? [`--data-raw ${shellQuote(body)}`] : []),
  ].join(" \\\n  ");
}

/**
 * The command that repeats an exchange of the journal at `url`. `host` is the host of this page.
 *
 * @param {Exchange} entry
 * @param {string} url
 * @param {string} host
 */
export function curlOfExchange(entry, url, host) {
  const { headers, body } = entry.request;
  // The storage rejects a signed link that arrives with a second form of authentication.
  const isSigned = /[?&]X-Tos-Signature=/.test(`?${entry.query}`);
  const command = curlCommand({
    url,
    method: entry.method,
    silent: true,
    authorization: isSigned ? undefined : `Bearer ${KEY_FROM_ENVIRONMENT}`,
    headers: [
      ...(headers.host && headers.host !== host ? /** @type {[string, string][]} */ ([["Host", headers.host]]) : []),
      ...Object.entries(headers).filter(([name]) => REPEATED_HEADERS.test(name)),
    ],
    body,
  });
  const isCut = body.length >= JOURNAL_BODY_LIMIT;
  return (isCut ? "# the journal keeps only the beginning of this body\n" : "") + command;
}
