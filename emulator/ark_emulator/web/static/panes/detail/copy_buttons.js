/** Buttons that copy a task: as a command, as a program, or as a scenario that repeats its life. */
import { curlOfExchange } from "../../format/curl.js";
import { pythonProgram } from "../../format/python.js";
import { scenarioOfTask } from "../../format/scenario.js";
import { html } from "../../lib.js";
import { copyText, runAction } from "../../state/actions.js";
import { api, exchangeUrl } from "../../state/api.js";
import { icon } from "../../ui/icons.js";

const NO_CREATE_REQUEST = "Its create request is no longer in the journal";

/** `createNumber` is the number of the exchange that created the task, if the journal still contains it. */
export function CopyButtons({ task, createNumber }) {
  const loadExchange = async () => (await api.journal({ number: createNumber })).items[0];
  const asCurl = async () => {
    const entry = await loadExchange();
    return curlOfExchange(entry, exchangeUrl(entry), location.host);
  };
  const asPython = async () => {
    const entry = await loadExchange();
    return pythonProgram(exchangeUrl(entry), entry.request.body);
  };
  const asScenario = async () => {
    const [detail, catalogue] = await Promise.all([api.task(task.id), api.catalogue()]);
    const codes = catalogue.codes.task.map((each) => each.code);
    return scenarioOfTask(detail, task, codes);
  };
  const onClick = async (create, message) => {
    const text = await runAction(create);
    if (text) await copyText(text, message);
  };
  const ofRequest = (format) => (createNumber ? `Copy its create request as ${format}` : NO_CREATE_REQUEST);
  const buttons = [
    {
      format: "curl",
      create: asCurl,
      message: "The command is copied",
      title: ofRequest("curl"),
      isDisabled: !createNumber,
    },
    {
      format: "Python",
      create: asPython,
      message: "The program is copied",
      title: ofRequest("Python"),
      isDisabled: !createNumber,
    },
    {
      format: "YAML",
      create: asScenario,
      message: "The scenario is copied",
      title: "Copy a scenario that repeats its life",
      isDisabled: false,
    },
  ];
  return html`<div class="group copying" role="group" aria-label="Copy the task">
    ${buttons.map(
      ({ format, create, message, title, isDisabled }) => html`<button
        key=${format}
        class="button is-small"
        disabled=${isDisabled}
        onClick=${() => onClick(create, message)}
        aria-label=${`Copy as ${format}`}
        title=${title}
      >
        ${icon("copy", 12)}
        ${format}
      </button>`,
    )}
  </div>`;
}
