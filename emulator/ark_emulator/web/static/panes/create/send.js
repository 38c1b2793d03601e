/**
 * Sending a request as a client does, and reading what a service of any dialect says to it.
 *
 * @typedef {{id: string}} Accepted
 * @typedef {{status: number, code?: string, message: string, param?: string, type?: string, text?: string, field?: string}} Refused
 *   `status` is 0 when no answer came, `field` the field of the form that it is about.
 */
import { Problem, api } from "../../state/api.js";

/** Send it. Answers with the id of the task, or with what was said instead. */
export async function sent(path, key, text, signal) {
  let reply;
  try {
    reply = await api.emulated("POST", path, { key, text, signal });
  } catch (error) {
    if (error instanceof Problem || error instanceof SyntaxError) throw error;
    const message =
      error.name === "AbortError"
        ? "Nobody waits for the answer any more. The task may exist."
        : "No answer came: the connection ended. The task may exist all the same, so look before you send it again.";
    return { refused: { status: 0, code: "no answer", message } };
  }
  const document = parsed(reply.text);
  const id = document?.id ?? document?.task_id;
  const ok = reply.status < 300 && typeof id === "string";
  return ok ? { accepted: { id } } : { refused: refusalOf(reply.status, document, reply.text) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusalOf(status, document, text) {
  const error = document?.error ?? document;
  if (typeof error?.message !== "string") {
    const message = document ? "The answer names no task." : "The answer is not JSON, or not all of it.";
    return { status, message: status < 300 ? `${message} The task may exist.` : message, text };
  }
  const { code, message, param, type } = error;
  return { status, code: String(code ?? ""), message, param, type, text, field: fieldOf(param ?? "") };
}

const FIELDS = {
  generate_audio: "audio",
  service_tier: "tier",
  camera_fixed: "camera",
  execution_expires_after: "expires",
  callback_url: "callback",
  output_format: "format",
  omni_reference_task_type: "taskType",
  return_last_frame: "lastFrame",
};

/** The field of the form that a parameter comes from. */
function fieldOf(param) {
  const [name] = param.replace(/^metadata\./, "").split(/[.[]/);
  if (param.includes("text") || name === "prompt") return "prompt";
  if (name === "content" || param.includes("_url")) return "media";
  return FIELDS[name] ?? name;
}
