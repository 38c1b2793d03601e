/** The keyboard shortcuts, the legend of the timeline, and the language of the filter. */
import { html } from "../lib.js";
import { KEYS } from "../state/keyboard.js";

export const Help = () => html`<div class="form">
  <h3>Keys</h3>
  <dl class="keys">
    ${KEYS.map(
      ({ key, label = key, about }) => html`<div key=${key}><dt><kbd>${label}</kbd></dt><dd>${about}</dd></div>`,
    )}
  </dl>
  <h3>The timeline</h3>
  <ul class="legend">
    <li><i class="bar is-queued"></i> queued</li>
    <li><i class="bar is-running"></i> running</li>
    <li><i class="sample future"></i> planned: happens unless you change it</li>
    <li><i class="sample tick"></i> a poll</li>
    <li><i class="called is-delivered"></i> a delivered callback</li>
    <li><i class="called is-failed"></i> a callback that was given up</li>
    <li><i class="called is-pending"></i> a pending callback</li>
  </ul>
  <h3>The filter</h3>
  <p>
    All words must match: <code>status:failed</code>, <code>model:2-0</code>, <code>dialect:ark</code>,${" "}
    <code>is:open</code>, <code>is:faulty</code>, <code>is:called</code>, or any part of the prompt or the id. A${" "}
    <code>-</code> in front of a word excludes what matches it.
  </p>
</div>`;
