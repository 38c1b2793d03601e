/** A create request as a program in Python: with Ark's official SDK where Ark is spoken, plainly where a gateway is. */
import { read } from "../ui/json.js";
import { urlOf } from "./curl.js";

const SDK = /^(.*)\/contents\/generations\/tasks$/;
/** What the SDK's `create` takes by name; anything else goes along in `extra_body`. */
const TAKEN = new Set([
  ...[
    "model",
    "content",
    "safety_identifier",
    "callback_url",
    "return_last_frame",
    "service_tier",
    "execution_expires_after",
  ],
  ...[
    "priority",
    "generate_audio",
    "draft",
    "camera_fixed",
    "watermark",
    "seed",
    "resolution",
    "ratio",
    "duration",
    "frames",
  ],
  ...["tools", "output_format", "omni_reference_task_type"],
]);

/** The program; null when the body is not JSON. */
export function pythonOf(entry) {
  const { value } = read(entry.request.body);
  if (!value || typeof value !== "object" || Array.isArray(value)) return null;
  const found = SDK.exec(urlOf(entry).split("?")[0]);
  return found ? withSdk(found[1], value) : plain(urlOf(entry), value);
}

function withSdk(base, body) {
  const extra = Object.fromEntries(Object.entries(body).filter(([name]) => !TAKEN.has(name)));
  const named = Object.entries(body).filter(([name]) => TAKEN.has(name));
  const given = [...named, ...(Object.keys(extra).length ? [["extra_body", extra]] : [])];
  return `import os
import time

from volcenginesdkarkruntime import Ark

client = Ark(base_url=${literal(base)}, api_key=os.environ.get("ARK_API_KEY", "any-key"))
task = client.content_generation.tasks.create(
${given.map(([name, value]) => `    ${name}=${literal(value, 1)},`).join("\n")}
)
print(task.id)
while (found := client.content_generation.tasks.get(task_id=task.id)).status in ("queued", "running"):
    time.sleep(2)
print(found.status, found.content.video_url if found.content else found.error)
`;
}

function plain(url, body) {
  return `import json
import os
import time
import urllib.request

URL = ${literal(url)}
HEADERS = {"Authorization": "Bearer " + os.environ.get("ARK_API_KEY", "any-key"), "Content-Type": "application/json"}


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, HEADERS)) as answer:
        return json.load(answer)


task = ask(URL, ${literal(body)})
print(task)
task_id = task.get("task_id") or task["id"]
while True:
    found = ask(f"{URL}/{task_id}")
    status = (found.get("data") or found)["status"]
    if str(status).lower() not in ("queued", "not_start", "submitted", "in_progress", "processing", "running", "unknown"):
        break
    time.sleep(2)
print(found)
`;
}

/** A value of JSON as Python writes it, indented. */
export function literal(value, depth = 0) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const inside = Array.isArray(value)
    ? value.map((each) => literal(each, depth + 1))
    : Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${literal(each, depth + 1)}`);
  const [open, shut] = Array.isArray(value) ? "[]" : "{}";
  const flat = `${open}${inside.join(", ")}${shut}`;
  if (flat.length < 80 && !flat.includes("\n")) return flat;
  const margin = "    ".repeat(depth);
  return `${open}\n${inside.map((each) => `${margin}    ${each},\n`).join("")}${margin}${shut}`;
}
