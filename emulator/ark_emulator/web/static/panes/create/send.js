/**
 * Sending a create request as a client does, and reading the answer of a service in any dialect.
 *
 * @typedef {object} Rejection
 * @property {number} status  0 if no response arrived
 * @property {string} [code]
 * @property {string} message
 * @property {string} [param]
 * @property {string} [type]
 * @property {string} [text]  the response as it was sent
 * @property {string} [field]  the field of the form that it is about
 *
 * @typedef {{id: string, rejection?: undefined} | {id?: undefined, rejection: Rejection}} Outcome
 */
import { sendAsClient } from "../../state/api.js";

/** What may be true although no complete response arrived. */
const MAY_EXIST = "The task may exist.";

/**
 * Send a create request. Returns the id of the task, or why there is none.
 *
 * @param {string} path
 * @param {string} key
 * @param {string} text
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome>}
 */
export async function sendCreate(path, key, text, signal) {
  try {
    const response = await sendAsClient("POST", path, { key, text, signal });
    return readCreateResponse(response.status, response.text);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    const message =
      error.name === "AbortError"
        ? `You stopped waiting for the response. ${MAY_EXIST}`
        : `The connection ended without a response. ${MAY_EXIST} Look for it before you send the request again.`;
    return { rejection: { status: 0, code: "no response", message } };
  }
}

/**
 * Read the response to a create request.
 *
 * @param {number} status
 * @param {string} text
 * @returns {Outcome}
 */
export function readCreateResponse(status, text) {
  const document = parse(text);
  const id = document?.id ?? document?.task_id;
  return status < 300 && typeof id === "string" ? { id } : { rejection: rejectionOf(status, document, text) };
}

/**
 * @param {string} text
 * @returns {any}
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {number} status
 * @param {any} document
 * @param {string} text
 * @returns {Rejection}
 */
function rejectionOf(status, document, text) {
  const error = document?.error ?? document;
  if (typeof error?.message !== "string") {
    const message = document ? "The response contains no task id." : "The response is not JSON, or is cut off.";
    return { status, message: status < 300 ? `${message} ${MAY_EXIST}` : message, text };
  }
  const { code, message, param, type } = error;
  return { status, code: String(code ?? ""), message, param, type, text, field: fieldOf(param ?? "") };
}

/** @type {Record<string, string>} fields of the form by parameter, where the names differ */
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

/**
 * The field of the form that sets a parameter.
 *
 * @param {string} param
 */
export function fieldOf(param) {
  const [name] = param.replace(/^metadata\./, "").split(/[.[]/);
  if (param.includes("text") || name === "prompt") return "prompt";
  if (name === "content" || param.includes("_url")) return "media";
  return FIELDS[name] ?? name;
}
