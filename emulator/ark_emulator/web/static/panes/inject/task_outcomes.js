/** What becomes of tasks: the selected one at once, and the next ones by a rule of the scenario. */
import { html, useState } from "../../lib.js";
import { act, toast } from "../../state/actions.js";
import { useAsked } from "../../state/ask.js";
import { api } from "../../state/api.js";
import { useCheck } from "../../state/check.js";
import { Choice, Segments, Text } from "../../ui/fields.js";
import { icon } from "../../ui/icons.js";
import { Status, isFinal } from "../../ui/status.js";
import { useSelected, useStore } from "../../state/store.js";
import { listOf } from "../../format/yaml.js";
import { Checked, usable } from "./checked_yaml.js";
import { RULE, put, without } from "./outcome_rule.js";

const USUAL = "OutputVideoSensitiveContentDetected";

export function Task({ catalogue }) {
  const codes = catalogue.codes.task.map((each) => each.code);
  return html`<${Selected} codes=${codes} /><${Next} codes=${codes} />`;
}

function Selected({ codes }) {
  const task = useSelected();
  const [code, setCode] = useState(USUAL);
  if (!task)
    return html`<section class="stack">
      <h3>The selected task</h3>
      <p class="hint">Select a task in the timeline, and end it from here.</p>
    </section>`;
  const over = isFinal(task.status);
  const force = (status, why) => act(() => api.force(task.id, status, why), `${task.alias ?? task.id}: ${status}`);
  return html`<section class="stack" aria-label="The selected task">
    <h3>The selected task</h3>
    <p class="one-line">
      <${Status} of=${task.status} /> <code>${task.alias ?? task.id}</code> <span class="quiet">${task.prompt}</span>
    </p>
    <div class="row">
      <button class="button" disabled=${over} onClick=${() => force("succeeded")}>${icon("check")}Succeed now</button>
      <button class="button" disabled=${over} onClick=${() => force("expired")}>${icon("clock")}Expire now</button>
      <button class="button" disabled=${over} onClick=${() => force("cancelled")}>${icon("slash")}Cancel now</button>
    </div>
    <div class="row is-fields">
      <${Choice} label="Fails with" value=${code} set=${setCode} options=${codes} disabled=${over} />
      <button class="button" disabled=${over} onClick=${() => force("failed", code)}>${icon("cross")}Fail now</button>
    </div>
    ${over ? html`<p class="hint">It has ended: what has ended stays as it is.</p>` : null}
  </section>`;
}

/** Each life of a next task: its title, and its steps. `code` is chosen beside it. */
const LIVES = [
  ["fails", "Fails", (code) => [{ queued: "1s" }, { running: "4s" }, { failed: code }]],
  ["unstarted", "Fails while queued", (code) => [{ queued: "2s" }, { failed: code }]],
  ["stuck", "Stuck running", () => [{ queued: "1s" }, { running: "forever" }]],
  ["waits", "Stuck queued", () => [{ queued: "forever" }]],
  ["slow", "Slow", () => [{ queued: "30s" }, { running: "3m" }, "succeeded"]],
  ["expires", "Expires", () => [{ queued: "1s" }, { running: "4s" }, "expired"]],
];

function Next({ codes }) {
  const name = useStore((state) => state.scenario);
  const [again, setAgain] = useState(0);
  const { answer } = useAsked(() => api.scenario(), name, [again]);
  const [life, setLife] = useState("fails");
  const [code, setCode] = useState(USUAL);
  const [times, setTimes] = useState("1");
  const steps = LIVES.find(([each]) => each === life)[2](code);
  const rule = { name: RULE, when: { first: /^\d+$/.test(times) ? Number(times) : times }, then: steps };
  const checked = useCheck(listOf("outcomes", rule));
  const inForce = answer?.outcomes?.[0]?.name === RULE;
  const use = async (text, done) => {
    if (await act(() => api.useText(text), done)) setAgain(again + 1);
  };
  const inject = (event) => {
    event.preventDefault();
    if (typeof answer?.text === "string")
      use(put(answer.text, rule, answer.name), `So it will be with the next ${times}`);
    else toast("This scenario was not read from a text, so nothing can be put into it", "error");
  };
  return html`<form class="stack" onSubmit=${inject} aria-label="The next tasks" noValidate>
    <h3>The next tasks</h3>
    <${Segments} label="What becomes of them" value=${life} set=${setLife} options=${LIVES} />
    <div class="row is-fields">
      <${Text} narrow type="number" min="1" label="How many" value=${times} set=${setTimes} />
      ${
        life === "fails" || life === "unstarted"
          ? html`<${Choice} label="Fails with" value=${code} set=${setCode} options=${codes} />`
          : null
      }
    </div>
    <p class="hint">
      This becomes the first outcome of the scenario. A prompt that steers (<code>emu:…</code>) still goes first.
    </p>
    <${Checked} label="The rule of the scenario" text=${listOf("outcomes", rule)} checked=${checked}>
      <button class="button is-primary" disabled=${!answer || !usable(checked)}>${icon("bolt")}Let it happen</button>
      ${
        inForce
          ? html`<button type="button" class="button" onClick=${() => use(without(answer.text), "Taken back")}>
            Take it back
          </button>`
          : null
      }
    <//>
  </form>`;
}
