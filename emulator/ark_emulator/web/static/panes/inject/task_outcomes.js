/** Outcomes of tasks: of the selected one at once, and of the next ones by a rule of the scenario. */
import { yamlList } from "../../format/yaml.js";
import { html, useState } from "../../lib.js";
import { runAction, toast } from "../../state/actions.js";
import { api } from "../../state/api.js";
import { useQuery, useScenarioCheck } from "../../state/query.js";
import { useSelectedTask, useStore } from "../../state/store.js";
import { isFinal, nameOf } from "../../task.js";
import { Choice, Segments, Text } from "../../ui/fields.js";
import { icon } from "../../ui/icons.js";
import { Status } from "../../ui/status.js";
import { CheckedYaml, isUsable } from "./checked_yaml.js";
import { RULE_NAME, withRule, withoutRule } from "./outcome_rule.js";

const DEFAULT_CODE = "OutputVideoSensitiveContentDetected";

/** Outcomes of the next tasks. `code` is the error with which they fail. */
const OUTCOMES = {
  fails: { title: "Fails", steps: (code) => [{ queued: "1s" }, { running: "4s" }, { failed: code }], hasCode: true },
  unstarted: { title: "Fails while queued", steps: (code) => [{ queued: "2s" }, { failed: code }], hasCode: true },
  stuck: { title: "Stuck running", steps: () => [{ queued: "1s" }, { running: "forever" }], hasCode: false },
  waits: { title: "Stuck queued", steps: () => [{ queued: "forever" }], hasCode: false },
  slow: { title: "Slow", steps: () => [{ queued: "30s" }, { running: "3m" }, "succeeded"], hasCode: false },
  expires: { title: "Expires", steps: () => [{ queued: "1s" }, { running: "4s" }, "expired"], hasCode: false },
};
const OUTCOME_OPTIONS = Object.entries(OUTCOMES).map(([name, { title }]) => [name, title]);

export function TaskOutcomes({ catalogue }) {
  const codes = catalogue.codes.task.map((each) => each.code);
  return html`<${SelectedTask} codes=${codes} /><${NextTasks} codes=${codes} />`;
}

function SelectedTask({ codes }) {
  const task = useSelectedTask();
  const [code, setCode] = useState(DEFAULT_CODE);
  if (!task) {
    return html`<section class="stack">
      <h3>The selected task</h3>
      <p class="hint">Select a task in the timeline to end it here.</p>
    </section>`;
  }
  const hasEnded = isFinal(task.status);
  const force = (/** @type {string} */ status, failure = /** @type {string|undefined} */ (undefined)) =>
    runAction(() => api.force(task.id, status, failure), `${nameOf(task)}: ${status}`);
  return html`<section class="stack" aria-label="The selected task">
    <h3>The selected task</h3>
    <p class="one-line">
      <${Status} of=${task.status} /> <code>${nameOf(task)}</code> <span class="quiet">${task.prompt}</span>
    </p>
    <div class="row">
      <button class="button" disabled=${hasEnded} onClick=${() => force("succeeded")}>
        ${icon("check")}Succeed now
      </button>
      <button class="button" disabled=${hasEnded} onClick=${() => force("expired")}>${icon("clock")}Expire now</button>
      <button class="button" disabled=${hasEnded} onClick=${() => force("cancelled")}>
        ${icon("slash")}Cancel now
      </button>
    </div>
    <div class="row is-fields">
      <${Choice} label="Fails with" value=${code} set=${setCode} options=${codes} disabled=${hasEnded} />
      <button class="button" disabled=${hasEnded} onClick=${() => force("failed", code)}>
        ${icon("cross")}Fail now
      </button>
    </div>
    ${hasEnded ? html`<p class="hint">The task has ended: its status is final.</p>` : null}
  </section>`;
}

function NextTasks({ codes }) {
  const scenario = useStore((state) => state.scenario);
  const [version, setVersion] = useState(0);
  const { answer } = useQuery(() => api.scenario(), scenario, { dependencies: [version] });
  const [outcome, setOutcome] = useState("fails");
  const [code, setCode] = useState(DEFAULT_CODE);
  const [times, setTimes] = useState("1");
  const { steps, hasCode } = OUTCOMES[outcome];
  const first = /^\d+$/.test(times) ? Number(times) : times;
  const rule = { name: RULE_NAME, when: { first }, then: steps(code) };
  const text = yamlList("outcomes", rule);
  const check = useScenarioCheck(text);
  const isActive = answer?.outcomes?.[0]?.name === RULE_NAME;
  const applyText = async (next, message) => {
    if (await runAction(() => api.applyScenarioText(next), message)) setVersion(version + 1);
  };
  const onSubmit = (event) => {
    event.preventDefault();
    if (typeof answer?.text === "string") {
      applyText(withRule(answer.text, rule, answer.name), "The rule applies to the next tasks");
    } else toast("This scenario has no text to which a rule can be added", "error");
  };
  return html`<form class="stack" onSubmit=${onSubmit} aria-label="The next tasks" noValidate>
    <h3>The next tasks</h3>
    <${Segments} label="Outcome" value=${outcome} set=${setOutcome} options=${OUTCOME_OPTIONS} />
    <div class="row is-fields">
      <${Text} narrow type="number" min="1" label="How many" value=${times} set=${setTimes} />
      ${hasCode ? html`<${Choice} label="Fails with" value=${code} set=${setCode} options=${codes} />` : null}
    </div>
    <p class="hint">
      This becomes the first outcome of the scenario. A steering word in a prompt (<code>emu:…</code>) takes precedence.
    </p>
    <${CheckedYaml} label="The rule of the scenario" text=${text} check=${check}>
      <button class="button is-primary" disabled=${!answer || !isUsable(check)}>${icon("bolt")}Add the rule</button>
      ${
        isActive
          ? html`<button
            type="button"
            class="button"
            onClick=${() => applyText(withoutRule(answer.text), "The rule is removed")}
          >
            Remove the rule
          </button>`
          : null
      }
    <//>
  </form>`;
}
