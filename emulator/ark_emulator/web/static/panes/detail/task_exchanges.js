/** The requests about the selected task, and their answers, as the journal keeps them. */
import { html, useState } from "../../lib.js";
import { timeOfDay } from "../../format/time.js";
import { About, Side, useExchange } from "../journal/exchange.js";

const isPoll = (line) => line.method === "GET";

/**
 * @param {{lines: object[], side: "request"|"response"}} props  `lines` are the exchanges about the task, oldest first
 */
export function Exchanges({ lines, side }) {
  const [picked, setPicked] = useState(null);
  const usual =
    side === "request"
      ? (lines.findLast((line) => line.method === "POST") ?? lines[0])
      : (lines.findLast(isPoll) ?? lines.at(-1));
  const number = lines.some((line) => line.number === picked) ? picked : usual?.number;
  const { entry, gone } = useExchange(number);
  if (!lines.length) return html`<p class="nothing">The journal has no exchange about this task any more.</p>`;
  return html`<div class="exchanges">
    <label class="pick">
      <span>Exchange</span>
      <select value=${String(number)} onChange=${(event) => setPicked(Number(event.target.value))}>
        ${lines
          .toReversed()
          .map((line) => html`<option key=${line.number} value=${String(line.number)}>${titleOf(line)}</option>`)}
      </select>
    </label>
    ${entry ? html`<${About} entry=${entry} alone /><${Side} entry=${entry} side=${side} />` : null}
    ${gone ? html`<p class="nothing">The journal keeps it no more.</p>` : null}
  </div>`;
}

/** `#12 POST 200, attempt 2 of 3, 14:02:31`. */
function titleOf(line) {
  const tries = line.attempts > 1 ? `, attempt ${line.attempt} of ${line.attempts}` : "";
  const what = { POST: "create", DELETE: "delete" }[line.method] ?? "poll";
  return `#${line.number} ${line.method} (${what}) ${line.status || "no reply"}${tries}${line.fault ? ", fault" : ""}, ${timeOfDay(line.at)}`;
}
