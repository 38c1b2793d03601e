/** The requests about the selected task and the responses to them, from the journal. */
import { formatTime } from "../../format/time.js";
import { html, useState } from "../../lib.js";
import { ExchangeFacts, Message, useExchange } from "../journal/exchange.js";

/** `lines` are the exchanges about the task, oldest first; `side` is the message that is shown of one. */
export function TaskExchanges({ lines, side }) {
  const [picked, setPicked] = useState(/** @type {number|null} */ (null));
  const number = (lines.find((line) => line.number === picked) ?? defaultLine(lines, side))?.number;
  const { entry, isGone } = useExchange(number);
  if (!lines.length) {
    return html`<p class="nothing">The journal no longer contains an exchange about this task.</p>`;
  }
  return html`<div class="exchanges">
    <label class="pick">
      <span>Exchange</span>
      <select value=${String(number)} onChange=${(event) => setPicked(Number(event.target.value))}>
        ${lines
          .toReversed()
          .map((line) => html`<option key=${line.number} value=${String(line.number)}>${lineTitle(line)}</option>`)}
      </select>
    </label>
    ${entry ? html`<${ExchangeFacts} entry=${entry} withTask=${false} />` : null}
    ${entry ? html`<${Message} entry=${entry} side=${side} />` : null}
    ${isGone ? html`<p class="nothing">The journal no longer contains this exchange.</p>` : null}
  </div>`;
}

/**
 * The exchange that is shown first: the create request, or the response to the last poll.
 *
 * @param {import("../../state/store.js").Line[]} lines
 * @param {"request"|"response"} side
 */
export const defaultLine = (lines, side) =>
  side === "request"
    ? (lines.findLast((line) => line.method === "POST") ?? lines[0])
    : (lines.findLast((line) => line.method === "GET") ?? lines.at(-1));

/** @type {Record<string, string>} */
const OPERATIONS = { POST: "create", DELETE: "delete" };

/**
 * `#12 POST (create) 200, attempt 2 of 3, 14:02:31`.
 *
 * @param {import("../../state/store.js").Line} line
 */
export function lineTitle({ number, method, status, attempt, attempts = 1, fault, at }) {
  const operation = OPERATIONS[method] ?? "poll";
  const attemptText = attempts > 1 ? `, attempt ${attempt} of ${attempts}` : "";
  const faultText = fault ? ", fault" : "";
  return `#${number} ${method} (${operation}) ${status || "no response"}${attemptText}${faultText}, ${formatTime(at)}`;
}
