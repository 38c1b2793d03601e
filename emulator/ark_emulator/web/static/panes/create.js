/**
 * A form that creates a task as a client would: through the emulated API, in any dialect.
 * `openDrawer("create", {values: {prompt: "..."}})` fills in values.
 */
import { html, useEffect, useRef, useState } from "../lib.js";
import { closeDrawer, selectTask, toast } from "../state/actions.js";
import { api } from "../state/api.js";
import { useQuery } from "../state/query.js";
import { findTask, useStore } from "../state/store.js";
import { loadTask } from "../state/sync.js";
import { Checkbox } from "../ui/fields.js";
import { INITIAL_VALUES, familyOf, fitToModel, gatewayOf } from "./create/form_state.js";
import { Parameters } from "./create/parameters.js";
import { Preview } from "./create/preview.js";
import { REJECTION_ID, RejectionBox } from "./create/rejection.js";
import { requestBody } from "./create/request_body.js";
import { Content, Target } from "./create/sections.js";
import { sendCreate } from "./create/send.js";

const DEFAULT_KEY = "sk-dashboard";
/** Milliseconds for which the page tries to select a created task, and between two tries. */
const SELECT_TIMEOUT = 3_000;
const SELECT_INTERVAL = 50;

/** The last values, kept until the page is left. */
let savedValues = INITIAL_VALUES;

export function Create({ values }) {
  const world = useStore((state) => state.world);
  const { answer, error } = useQuery(() => api.catalogue(), world);
  if (error) return html`<p class="nothing" role="alert">${error.message}</p>`;
  if (!answer) return html`<p class="nothing" role="status">Loading the models…</p>`;
  return html`<${Form} key=${world} catalogue=${answer} world=${world} given=${values} />`;
}

function Form({ catalogue, world, given }) {
  const [values, setValues] = useState(() => fitToModel(catalogue, { ...savedValues, ...given }));
  const [edited, setEdited] = useState(/** @type {string|null} */ (null));
  const [rejection, setRejection] = useState(/** @type {import("./create/send.js").Rejection|null} */ (null));
  const [staysOpen, setStaysOpen] = useState(false);
  const request = useAbortable();
  const form = useRef(/** @type {HTMLFormElement|null} */ (null));
  useEffect(() => form.current?.querySelector("textarea")?.focus(), []);
  const put = (patch) => {
    savedValues = fitToModel(catalogue, { ...values, ...patch });
    setValues(savedValues);
    setRejection(null);
  };
  const gateway = gatewayOf(catalogue, values);
  const defaultKey = world || DEFAULT_KEY;
  const key = values.key.trim() || defaultKey;
  const text = JSON.stringify(requestBody(catalogue, values), null, 2);
  const onSubmit = async (event) => {
    event.preventDefault();
    if (request.isRunning) return;
    setRejection(null);
    const outcome = await request.run((signal) => sendCreate(gateway.path, key, edited ?? text, signal));
    if (outcome.rejection) {
      setRejection(outcome.rejection);
      return;
    }
    toast(`Created ${outcome.id}`);
    if (!staysOpen) closeDrawer();
    selectWhenLoaded(outcome.id);
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSubmit(event);
  };
  const parts = {
    catalogue,
    values,
    put,
    family: familyOf(catalogue, values),
    gateway,
    errorOf: (field) => errorOf(field, rejection),
  };
  return html`<form class="create" ref=${form} onSubmit=${onSubmit} onKeyDown=${onKeyDown} noValidate>
    <div class="create-form" inert=${edited !== null}>
      <${Target} ...${parts} defaultKey=${defaultKey} />
      <${Content} ...${parts} />
      <${Parameters} ...${parts} />
    </div>
    <${Preview} path=${gateway.path} apiKey=${key} text=${text} edited=${edited} setEdited=${setEdited} />
    <div class="create-foot">
      ${rejection ? html`<${RejectionBox} rejection=${rejection} />` : null}
      <div class="row">
        <button class="button is-primary" disabled=${request.isRunning}>
          ${request.isRunning ? "Waiting for the response…" : "Create task"}
        </button>
        ${
          request.isRunning
            ? html`<button type="button" class="button" onClick=${request.abort}>Stop waiting</button>`
            : html`<kbd>ctrl enter</kbd>`
        }
        <span class="grows"></span>
        <${Checkbox} label="Keep this open" value=${staysOpen} set=${setStaysOpen} />
      </div>
    </div>
  </form>`;
}

/** The error of a field: media point to the text of the rejection, other fields repeat its code. */
function errorOf(field, rejection) {
  if (rejection?.field !== field) return undefined;
  return field === "media" ? REJECTION_ID : `${rejection.status} ${rejection.code}: see below`;
}

/** Run a request that the user can abort. */
function useAbortable() {
  const [isRunning, setRunning] = useState(false);
  const controller = useRef(/** @type {AbortController|null} */ (null));
  const run = async (request) => {
    controller.current = new AbortController();
    setRunning(true);
    return request(controller.current.signal).finally(() => setRunning(false));
  };
  return { isRunning, run, abort: () => controller.current?.abort() };
}

/** Select a task as soon as its summary is loaded. */
function selectWhenLoaded(id) {
  loadTask(id);
  const startedAt = performance.now();
  const trySelect = () => {
    if (findTask(id)) selectTask(id);
    else if (performance.now() - startedAt < SELECT_TIMEOUT) setTimeout(trySelect, SELECT_INTERVAL);
  };
  trySelect();
}
