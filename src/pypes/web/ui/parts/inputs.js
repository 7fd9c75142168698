// What an agent was told: each input as a tree; add one, or send one again.
import { agentPath, get, post } from "../base/api.js";
import { html, useState } from "../base/html.js";
import { useLoad } from "../base/load.js";
import { ask } from "./dialog.js";
import { Empty } from "./empty.js";
import { attempt } from "./notice.js";
import { Loaded } from "./problem.js";
import { Tree } from "./tree.js";

export function Inputs({ name }) {
  const inputs = useLoad(() => get(agentPath(name, "/inputs"), { limit: 20 }), [name], { on: ["agent.changed"], where: (agent) => agent.name === name });
  const add = async (value, done) => {
    const added = await attempt(() => post(agentPath(name, "/inputs"), JSON.stringify(value)), { done });
    if (added) inputs.reload();
    return added;
  };
  const again = async (value) => {
    const text = "It is appended as a new input, and whatever fires on inputs sees it.";
    if (await ask({ title: `Replay an input of ${name}`, text, verb: "Replay" })) add(value, "The input was sent again");
  };
  return html`<${Add} add=${add} />
    <${Loaded} of=${inputs}>${({ items, next }) =>
      items.length
        ? html`<ul class="plain inputs">${items.map((input) => html`<li class="card" key=${input.id}>
            <${Tree} value=${input.value} open=${items.length < 4} />
            <button type="button" class="small" onClick=${() => again(input.value)}>Replay</button></li>`)}</ul>
            ${next && html`<p class="muted">Older ones: <code>GET ${agentPath(name, "/inputs")}</code></p>`}`
        : html`<${Empty} title="No inputs yet" lines=${[`pypes agent ${name} add '{"kind":"email"}'`]} />`}
    <//>`;
}

function Add({ add }) {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    try {
      const value = JSON.parse(text);
      setWrong("");
      if (await add(value, "The input is stored")) setText("");
    } catch (error) {
      setWrong(`not JSON: ${error.message}`);
    }
  };
  return html`<form class="add" onSubmit=${submit}>
    <textarea aria-label="A new input, as JSON" rows="2" spellcheck="false" placeholder='{"kind":"email"}' value=${text} onInput=${(event) => setText(event.target.value)}></textarea>
    <button disabled=${!text.trim()}>Add input</button>
    ${wrong && html`<p role="alert" class="wrong">${wrong}</p>`}
  </form>`;
}
