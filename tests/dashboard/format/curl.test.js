import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { load } from "../load.js";

const { curlCommand, curlOfExchange, shellQuote } = await load("format/curl.js");
const URL = "http://127.0.0.1:7333/api/v3/contents/generations/tasks";
const entry = (more = {}) => ({
  method: "POST",
  path: "/api/v3/contents/generations/tasks",
  request: {
    headers: { host: "localhost:1", "content-type": "application/json", "user-agent": "x", authorization: "***" },
    body: "{}",
  },
  ...more,
});

test("a shell reads a quoted text as one word", () => {
  const text = `it's "a" $HOME \`id\`\n!`;
  const shell = process.platform === "win32" ? "bash" : "sh";
  const { stdout } = spawnSync(shell, ["-c", `printf %s ${shellQuote(text)}`], { encoding: "utf-8" });
  assert.equal(stdout, text);
});

test("a command contains what it is given and nothing else", () => {
  assert.equal(curlCommand({ url: URL }), `curl '${URL}'`);
  assert.equal(
    curlCommand({ url: URL, method: "POST", silent: true, headers: [["A", "it's"]], body: "{}" }),
    `curl -sS -X POST '${URL}' \\\n  -H 'A: it'\\''s' \\\n  --data-raw '{}'`,
  );
});

test("the key of a repeated exchange comes from the environment", () => {
  const command = curlOfExchange(entry(), URL, "localhost:1");
  assert.match(command, /-H "Authorization: Bearer \$\{ARK_API_KEY:-any-key\}"/);
  assert.match(command, /-H 'content-type: application\/json'/);
  assert.doesNotMatch(command, /user-agent|Host/);
});

test("the host is repeated if it is not the host of the page", () => {
  assert.match(curlOfExchange(entry(), URL, "localhost:2"), /-H 'Host: localhost:1'/);
});

test("a signed link is repeated without a key", () => {
  const signed = entry({ method: "GET", query: "X-Tos-Signature=abc", request: { headers: {}, body: "" } });
  assert.equal(curlOfExchange(signed, URL, "localhost:1"), `curl -sS -X GET '${URL}'`);
});

test("a body that the journal has cut is marked", () => {
  const request = { headers: {}, body: "x".repeat(65_536) };
  assert.match(curlOfExchange(entry({ request }), URL, "h"), /^# the journal keeps only the beginning/);
});
