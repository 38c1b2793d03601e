/**
 * A form that creates a task as a client would: through the emulated API, in any dialect.
 * `open("create", {wish: {prompt: "..."}})` fills in what is given.
 */
import { html, useEffect, useRef, useState } from "../lib.js";
import { close, select, toast } from "../state/actions.js";
import { useAsked } from "../state/ask.js";
import { api } from "../state/api.js";
import { Tick } from "../ui/fields.js";
import { ask } from "../state/sync.js";
import { getState, taskOf, useStore } from "../state/store.js";
import { NOTHING, doorOf, familyOf, fitted } from "./create/form_state.js";
import { Content, Door, Parameters } from "./create/sections.js";
import { Preview } from "./create/preview.js";
import { REFUSAL, Refusal } from "./create/refusal.js";
import { bodyOf } from "./create/request_body.js";
import { sent } from "./create/send.js";

/** What was wished for last, until the page is left. */
let kept = NOTHING;
/** Milliseconds that a task may take to appear before it is not waited for. */
const PATIENCE = 3_000;

export function Create({ wish }) {
  const world = useStore((state) => state.world);
  const { answer, problem } = useAsked(() => api.catalogue(), world);
  if (problem) return html`<p class="nothing" role="alert">${problem.message}</p>`;
  if (!answer) return html`<p class="nothing" role="status">Asking what can be made…</p>`;
  return html`<${Form} key=${world} catalogue=${answer} world=${world} given=${wish} />`;
}

function Form({ catalogue, world, given }) {
  const [wish, setWish] = useState(() => fitted(catalogue, { ...kept, ...given }));
  const [edited, setEdited] = useState(null);
  const [refused, setRefused] = useState(null);
  const [stay, setStay] = useState(false);
  const waiting = useWaiting();
  const form = useRef(null);
  useEffect(() => form.current.querySelector("textarea")?.focus(), []);
  const put = (patch) => {
    kept = fitted(catalogue, { ...wish, ...patch });
    setWish(kept);
    setRefused(null);
  };
  const door = doorOf(catalogue, wish);
  const key = wish.key.trim() || world || "sk-dashboard";
  const text = JSON.stringify(bodyOf(catalogue, wish), null, 2);
  const submit = async (event) => {
    event?.preventDefault();
    if (waiting.on) return;
    setRefused(null);
    const done = await waiting.during((signal) => sent(door.path, key, edited ?? text, signal));
    if (done.refused) return setRefused(done.refused);
    toast(`Created ${done.accepted.id}`);
    if (!stay) close();
    show(done.accepted.id);
  };
  const keys = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && submit(event);
  const parts = { catalogue, wish, put, family: familyOf(catalogue, wish), door, wrong: wrongOf(refused) };
  return html`<form class="create" ref=${form} onSubmit=${submit} onKeyDown=${keys} noValidate>
    <div class="create-form" inert=${edited !== null}>
      <${Door} ...${parts} key=${undefined} usualKey=${world || "sk-dashboard"} />
      <${Content} ...${parts} />
      <${Parameters} ...${parts} />
    </div>
    <${Preview} door=${door} sentKey=${key} text=${text} edited=${edited} edit=${setEdited} />
    <div class="create-foot">
      ${refused ? html`<${Refusal} of=${refused} />` : null}
      <div class="row">
        <button class="button is-primary" disabled=${waiting.on}>
          ${waiting.on ? "Waiting for the answer…" : "Create task"}
        </button>
        ${
          waiting.on
            ? html`<button type="button" class="button" onClick=${waiting.end}>Stop waiting</button>`
            : html`<kbd>ctrl enter</kbd>`
        }
        <span class="grows"></span>
        <${Tick} label="Keep this open" value=${stay} set=${setStay} />
      </div>
    </div>
  </form>`;
}

/** The field that a refusal is about, and the id of the refusal's text: fields point to it. */
const wrongOf = (refused) => (field) =>
  refused?.field === field ? (field === "media" ? REFUSAL : `${refused.status} ${refused.code}: see below`) : undefined;

/** Waiting for something that can be given up. */
function useWaiting() {
  const [on, setOn] = useState(false);
  const control = useRef(null);
  const during = async (what) => {
    control.current = new AbortController();
    setOn(true);
    return what(control.current.signal).finally(() => setOn(false));
  };
  return { on, during, end: () => control.current?.abort() };
}

/** Select a task as soon as it is here. */
function show(id) {
  ask(id);
  const began = performance.now();
  const look = () => {
    if (taskOf(id, getState())) select(id);
    else if (performance.now() - began < PATIENCE) setTimeout(look, 50);
  };
  look();
}
