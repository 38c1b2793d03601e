/** A form that creates a task, as a client would. */
import { html, useState } from "../lib.js";
import { act, close, select, toast } from "../actions.js";
import { api } from "../api.js";
import { ask } from "../news.js";

export function Create() {
  const [prompt, setPrompt] = useState("A fox runs through fresh snow");
  const send = async (event) => {
    event.preventDefault();
    const body = { model: "dreamina-seedance-2-0-260128", content: [{ type: "text", text: prompt }] };
    const done = await act(() => api.emulated("POST", "/api/v3/contents/generations/tasks", { key: "sk-dashboard", body }));
    if (!done) return;
    if (done.status !== 200) return toast(done.text, "error");
    const { id } = JSON.parse(done.text);
    ask(id);
    close();
    setTimeout(() => select(id), 400);
  };
  return html`<form class="form" onSubmit=${send}>
    <label class="field"><span>Prompt</span><textarea rows="4" value=${prompt} onInput=${(event) => setPrompt(event.target.value)}></textarea></label>
    <button class="button is-primary">Create</button>
  </form>`;
}
