/** Worlds: separate emulators, each behind its own API key. The user creates one, goes to one, or deletes one. */
import { formatMode } from "../format/time.js";
import { html, useState } from "../lib.js";
import { closeDrawer, runAction, showWorld } from "../state/actions.js";
import { ApiError, api } from "../state/api.js";
import { useQuery } from "../state/query.js";
import { getState, update, useStore } from "../state/store.js";
import { Choice, Segments, Text } from "../ui/fields.js";
import { icon } from "../ui/icons.js";

const DEFAULT = "default";
const CLOCKS = [
  ["live", "Live", "The clock runs by itself"],
  ["frozen", "Frozen", "The clock is stopped until you move it"],
  ["polls", "Polls", "Each poll moves the clock"],
];
const INITIAL_VALUES = { key: "", seed: "", mode: "live", speed: "1", start: "", scenario: "" };
/** The field that each error of the server is about. */
const FIELD_OF_ERROR = {
  bad_api_key: "key",
  world_exists: "key",
  bad_seed: "seed",
  bad_speed: "speed",
  bad_start: "start",
  unknown_scenario: "scenario",
};

export function World() {
  return html`<div class="inject"><${WorldTable} /><${WorldForm} /></div>`;
}

function WorldTable() {
  const world = useStore((state) => state.world);
  const worlds = useStore((state) => state.worlds);
  const { answer } = useQuery(() => api.worlds(), "worlds", { dependencies: [worlds] });
  return html`<section class="known-worlds" aria-label="Worlds of this server">
    <table>
      <thead>
        <tr>
          <th scope="col">World</th>
          <th scope="col">Clock</th>
          <th scope="col">Scenario</th>
          <th scope="col" class="number">Seed</th>
          <th scope="col"><span class="unseen">Actions</span></th>
        </tr>
      </thead>
      <tbody>
        ${(answer?.items ?? []).map(
          (each) => html`<${WorldRow}
            key=${each.api_key}
            world=${each}
            isShown=${each.api_key === (world || DEFAULT)}
          />`,
        )}
      </tbody>
    </table>
  </section>`;
}

function WorldRow({ world: { api_key: key, clock, scenario, seed }, isShown }) {
  const show = () => {
    closeDrawer();
    showWorld(key === DEFAULT ? "" : key);
  };
  const remove = async () => {
    if (!(await runAction(() => api.deleteWorld(key), `The world ${key} is deleted`))) return;
    update(({ worlds }) => ({ worlds: worlds.filter((each) => each !== key) }));
    if (key === getState().world) showWorld("");
  };
  return html`<tr aria-current=${isShown ? "true" : undefined}>
    <th scope="row">${isShown ? html`<b>${key}</b>` : html`<button class="link" onClick=${show}>${key}</button>`}</th>
    <td>${formatMode(clock)}</td>
    <td>${scenario}</td>
    <td class="number">${seed}</td>
    <td>
      ${
        key === DEFAULT
          ? null
          : html`<button
            class="button is-bare"
            aria-label=${`Delete ${key}`}
            title="Delete this world"
            onClick=${remove}
          >
            ${icon("trash")}
          </button>`
      }
    </td>
  </tr>`;
}

function WorldForm() {
  const [values, setValues] = useState(INITIAL_VALUES);
  const [error, setError] = useState(/** @type {ApiError|null} */ (null));
  const { answer } = useQuery(() => api.scenarios(), "scenarios");
  const errorField = error && FIELD_OF_ERROR[error.code];
  const set = (name) => (value) => {
    setError(null);
    setValues({ ...values, [name]: value });
  };
  const bind = (name) => ({
    value: values[name],
    error: error && errorField === name ? error.message : undefined,
    set: set(name),
  });
  const onSubmit = async (event) => {
    event.preventDefault();
    try {
      const created = await api.createWorld(worldRequest(values));
      update(({ worlds }) => ({ worlds: [...worlds, created.api_key] }));
      closeDrawer();
      showWorld(created.api_key);
    } catch (rejected) {
      if (!(rejected instanceof ApiError)) throw rejected;
      setError(rejected);
    }
  };
  return html`<form class="form" onSubmit=${onSubmit} noValidate aria-label="A new world">
    <h3>A new world</h3>
    <p>
      A world has its own clock, tasks, journal, scenario and seed. Clients reach it by its API key, or by its path.
    </p>
    <${Text} label="API key" placeholder="generated" maxlength="256" ...${bind("key")} />
    <${Segments} label="Clock" value=${values.mode} set=${set("mode")} options=${CLOCKS} />
    <div class="grid is-three">
      <${Text} label="Speed" type="number" min="0" step="any" ...${bind("speed")} />
      <${Text} label="Begins at (unix second)" inputmode="numeric" placeholder="the server's" ...${bind("start")} />
      <${Text} label="Seed" inputmode="numeric" placeholder="the server's" ...${bind("seed")} />
    </div>
    <${Choice}
      label="Scenario"
      options=${[["", "the server's"], DEFAULT]}
      groups=${scenarioGroups(answer?.items ?? [])}
      ...${bind("scenario")}
    />
    ${error && !errorField ? html`<p class="wrong" role="alert">${icon("cross", 14)}${error.message}</p>` : null}
    <div class="row"><button class="button is-primary">${icon("plus")}Create the world</button></div>
  </form>`;
}

/**
 * The names of scenarios, grouped.
 *
 * @param {{group: string, name: string}[]} scenarios
 * @returns {[group: string, names: string[]][]}
 */
function scenarioGroups(scenarios) {
  const groups = new Map();
  for (const { group, name } of scenarios) groups.set(group, [...(groups.get(group) ?? []), name]);
  return [...groups];
}

const toNumber = (/** @type {string} */ text) =>
  text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);

/**
 * The request that creates the world; empty values are left to the server.
 *
 * @param {typeof INITIAL_VALUES} values
 */
export function worldRequest({ key, seed, mode, speed, start, scenario }) {
  const filled = (/** @type {Record<string, unknown>} */ fields) =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
  const clock = filled({ mode, speed: toNumber(speed), start: toNumber(start) });
  return filled({ api_key: key.trim(), seed: toNumber(seed), scenario, clock });
}
