/** A create request as a Python program: with the official SDK for Ark, with the standard library for a gateway. */

const ARK_TASKS = /^(.*)\/contents\/generations\/tasks$/;
/** Parameters that `create` of the SDK has; the others are passed in `extra_body`. */
const SDK_PARAMETERS = new Set([
  ...["model", "content", "safety_identifier", "callback_url", "return_last_frame", "service_tier"],
  ...["execution_expires_after", "priority", "generate_audio", "draft", "camera_fixed", "watermark", "seed"],
  ...["resolution", "ratio", "duration", "frames", "tools", "output_format", "omni_reference_task_type"],
]);

/**
 * The program that sends `body` to `url` and polls the task; null if the body is not a JSON object.
 *
 * @param {string} url
 * @param {string} body
 */
export function pythonProgram(url, body) {
  const fields = parseObject(body);
  if (!fields) return null;
  const ark = ARK_TASKS.exec(url.split("?")[0]);
  return ark ? sdkProgram(ark[1], fields) : plainProgram(url, fields);
}

/**
 * @param {string} text
 * @returns {Record<string, unknown>|null}
 */
function parseObject(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} base
 * @param {Record<string, unknown>} fields
 */
function sdkProgram(base, fields) {
  const known = Object.entries(fields).filter(([name]) => SDK_PARAMETERS.has(name));
  const extra = Object.entries(fields).filter(([name]) => !SDK_PARAMETERS.has(name));
  const parameters = [...known, ...(extra.length ? [["extra_body", Object.fromEntries(extra)]] : [])];
  return `import os
import time

from volcenginesdkarkruntime import Ark

client = Ark(base_url=${pythonLiteral(base)}, api_key=os.environ.get("ARK_API_KEY", "any-key"))
task = client.content_generation.tasks.create(
${parameters.map(([name, value]) => `    ${name}=${pythonLiteral(value, 1)},`).join("\n")}
)
print(task.id)
while (found := client.content_generation.tasks.get(task_id=task.id)).status in ("queued", "running"):
    time.sleep(2)
print(found.status, found.content.video_url if found.content else found.error)
`;
}

/**
 * @param {string} url
 * @param {Record<string, unknown>} fields
 */
function plainProgram(url, fields) {
  return `import json
import os
import time
import urllib.request

URL = ${pythonLiteral(url)}
HEADERS = {"Authorization": "Bearer " + os.environ.get("ARK_API_KEY", "any-key"), "Content-Type": "application/json"}
PENDING = ("queued", "not_start", "submitted", "in_progress", "processing", "running", "unknown")


def send(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, HEADERS)) as response:
        return json.load(response)


task = send(URL, ${pythonLiteral(fields)})
print(task)
task_id = task.get("task_id") or task["id"]
while True:
    found = send(f"{URL}/{task_id}")
    status = (found.get("data") or found)["status"]
    if str(status).lower() not in PENDING:
        break
    time.sleep(2)
print(found)
`;
}

/**
 * A JSON value as an indented Python literal.
 *
 * @param {any} value
 * @returns {string}
 */
export function pythonLiteral(value, depth = 0) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const items = Array.isArray(value)
    ? value.map((each) => pythonLiteral(each, depth + 1))
    : Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${pythonLiteral(each, depth + 1)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const line = `${open}${items.join(", ")}${close}`;
  if (line.length < 80 && !line.includes("\n")) return line;
  const margin = "    ".repeat(depth);
  return `${open}\n${items.map((each) => `${margin}    ${each},\n`).join("")}${margin}${close}`;
}
