/** Taking a task along: as a command, as a program, as a scenario that lets it happen again. */
import { html } from "../../lib.js";
import { act, copy } from "../../state/actions.js";
import { api } from "../../state/api.js";
import { icon } from "../../ui/icons.js";
import { curlOf } from "../../format/curl.js";
import { lifeOf } from "../../format/scenario.js";
import { pythonOf } from "../../format/python.js";

const GONE = "The journal has its create request no more";

/** `create` is the number of the exchange that created the task, if the journal still has it. */
export function Copying({ task, create }) {
  const entry = async () => (await api.journal({ number: create })).items[0];
  const codes = async () => (await api.catalogue()).codes.task.map((each) => each.code);
  const take = (make, what) => async () => {
    const text = await act(make);
    if (text) await copy(text, what);
  };
  const kinds = [
    ["curl", "The command is copied", async () => curlOf(await entry()), !create && GONE],
    ["Python", "The program is copied", async () => pythonOf(await entry()), !create && GONE],
    ["YAML", "The scenario is copied", async () => lifeOf(await api.task(task.id), task, await codes()), false],
  ];
  return html`<div class="group copying" role="group" aria-label="Copy the task">
    ${kinds.map(
      ([word, done, make, why]) => html`<button
        key=${word}
        class="button is-small"
        disabled=${Boolean(why)}
        onClick=${take(make, done)}
        aria-label=${`Copy as ${word}`}
        title=${
          why ||
          (word === "YAML" ? "Copy as a scenario that lets it happen again" : `Copy its create request as ${word}`)
        }
      >
        ${icon("copy", 12)}
        ${word}
      </button>`,
    )}
  </div>`;
}
