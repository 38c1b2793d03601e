/** The keys of the page, and how the timeline is to be read. */
import { html } from "../lib.js";
import { KEYS } from "../page/keyboard.js";

export const Help = () => html`<div class="form">
  <h3>Keys</h3>
  <dl class="keys">
    ${KEYS.map(
      ([key, about, , name]) => html`<div key=${key}><dt><kbd>${name ?? key}</kbd></dt><dd>${about}</dd></div>`,
    )}
  </dl>
  <h3>How to read the timeline</h3>
  <ul class="legend">
    <li><i class="bar is-queued"></i> queued</li>
    <li><i class="bar is-running"></i> running</li>
    <li><i class="sample future"></i> planned: what will happen unless somebody steps in</li>
    <li><i class="sample tick"></i> a poll</li>
    <li><i class="called is-delivered"></i> a callback that was delivered</li>
    <li><i class="called is-failed"></i> one that was given up</li>
    <li><i class="called is-pending"></i> one that waits</li>
  </ul>
  <h3>How to filter</h3>
  <p>
    Words that must all fit: <code>status:failed</code>, <code>model:2-0</code>, <code>dialect:ark</code>,${" "}
    <code>is:open</code>, <code>is:faulty</code>,<code>is:called</code>, or any word of prompt and id. A <code>-</code>
    ${" "}in front turns a word around.
  </p>
</div>`;
