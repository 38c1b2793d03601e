/** Worlds: each an emulator of its own behind an API key of its own. Make one, go to one, drop one. */
import { html, useState } from "../lib.js";
import { act, close, visit } from "../state/actions.js";
import { useAsked } from "../state/ask.js";
import { Problem, api } from "../state/api.js";
import { Choice, Segments, Text } from "../ui/fields.js";
import { icon } from "../ui/icons.js";
import { getState, update, useStore } from "../state/store.js";
import { modeName } from "../format/time.js";

const DEFAULT = "default";
const CLOCKS = [
  ["live", "Live", "Time passes by itself"],
  ["frozen", "Frozen", "Time stands still until it is moved"],
  ["polls", "Polls", "Time moves when a task is polled"],
];
const NOTHING = { key: "", seed: "", mode: "live", speed: "1", start: "", scenario: "" };

export function World() {
  return html`<div class="inject"><${Known} /><${Make} /></div>`;
}

function Known() {
  const world = useStore((state) => state.world);
  const worlds = useStore((state) => state.worlds);
  const { answer } = useAsked(() => api.worlds(), "worlds", [worlds]);
  const drop = async (key) => {
    if (!(await act(() => api.dropWorld(key), `${key} is gone`))) return;
    update(({ worlds: known }) => ({ worlds: known.filter((each) => each !== key) }));
    if (key === getState().world) visit("");
  };
  const go = (key) => {
    close();
    visit(key === DEFAULT ? "" : key);
  };
  return html`<section class="known-worlds" aria-label="Worlds of this server">
    <table>
      <thead>
        <tr>
          <th scope="col">World</th>
          <th scope="col">Clock</th>
          <th scope="col">Scenario</th>
          <th scope="col" class="number">Seed</th>
          <th scope="col"><span class="unseen">What to do</span></th>
        </tr>
      </thead>
      <tbody>
        ${(answer?.items ?? []).map((each) => {
          const key = each.api_key;
          const here = key === (world || DEFAULT);
          return html`<tr key=${key} aria-current=${here ? "true" : undefined}>
            <th scope="row">
              ${here ? html`<b>${key}</b>` : html`<button class="link" onClick=${() => go(key)}>${key}</button>`}
            </th>
            <td>${modeName(each.clock)}</td>
            <td>${each.scenario}</td>
            <td class="number">${each.seed}</td>
            <td>
              ${
                key === DEFAULT
                  ? null
                  : html`<button
                    class="button is-bare"
                    aria-label=${`Drop ${key}`}
                    title="Drop this world"
                    onClick=${() => drop(key)}
                  >
                    ${icon("trash")}
                  </button>`
              }
            </td>
          </tr>`;
        })}
      </tbody>
    </table>
  </section>`;
}

function Make() {
  const [wish, setWish] = useState(NOTHING);
  const [problem, setProblem] = useState(null);
  const { answer } = useAsked(() => api.scenarios(), "scenarios");
  const field = (name) => ({
    value: wish[name],
    error: problem && FIELD[problem.code] === name ? problem.message : undefined,
    set: put(name),
  });
  const put = (name) => (value) => {
    setProblem(null);
    setWish({ ...wish, [name]: value });
  };
  const make = async (event) => {
    event.preventDefault();
    try {
      const made = await api.addWorld(wanted(wish));
      update(({ worlds }) => ({ worlds: [...worlds, made.api_key] }));
      close();
      visit(made.api_key);
    } catch (refused) {
      if (!(refused instanceof Problem)) throw refused;
      setProblem(refused);
    }
  };
  const groups = Object.entries(
    Object.groupBy ? Object.groupBy(answer?.items ?? [], (each) => each.group) : { all: answer?.items ?? [] },
  );
  return html`<form class="form" onSubmit=${make} noValidate aria-label="A new world">
    <h3>A new world</h3>
    <p>
      An emulator of its own: clock, tasks, journal, scenario and seed. Clients get into it by its API key, or by its
      path.
    </p>
    <${Text} label="API key" placeholder="one is made up" maxlength="256" ...${field("key")} />
    <${Segments} label="Clock" value=${wish.mode} set=${put("mode")} options=${CLOCKS} />
    <div class="grid is-three">
      <${Text} label="Speed" type="number" min="0" step="any" ...${field("speed")} />
      <${Text} label="Begins at (unix second)" inputmode="numeric" placeholder="the server's" ...${field("start")} />
      <${Text} label="Seed" inputmode="numeric" placeholder="the server's" ...${field("seed")} />
    </div>
    <${Choice}
      label="Scenario"
      options=${[["", "the server's"], "default"]}
      groups=${groups.map(([title, each]) => [title, each.map(({ name }) => name)])}
      ...${field("scenario")}
    />
    ${
      problem && !FIELD[problem.code]
        ? html`<p class="wrong" role="alert">${icon("cross", 14)}${problem.message}</p>`
        : null
    }
    <div class="row"><button class="button is-primary">${icon("plus")}Make the world</button></div>
  </form>`;
}

/** The field that each refusal is about. */
const FIELD = {
  bad_api_key: "key",
  world_exists: "key",
  bad_seed: "seed",
  bad_speed: "speed",
  bad_start: "start",
  unknown_scenario: "scenario",
};

const number = (text) => (text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text));

/** The request that makes it; what was left empty is left out. */
function wanted({ key, seed, mode, speed, start, scenario }) {
  const clock = { mode, speed: number(speed), start: number(start) };
  const filled = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
  return filled({ api_key: key.trim(), seed: number(seed), scenario, clock: filled(clock) });
}
