// What an agent does, as JSON, checked while it is typed; nothing is saved before it would be accepted.
import { agentPath, call, get } from "../base/api.js";
import { html, useState } from "../base/html.js";
import { Empty } from "./empty.js";
import { Editor } from "./editor.js";
import { attempt } from "./notice.js";

export function Actions({ agent, saved }) {
  const [editing, setEditing] = useState(false);
  const text = JSON.stringify(agent.actions, null, 2);
  if (editing) return html`<${Edit} agent=${agent} text=${text} over=${() => (setEditing(false), saved())} />`;
  return html`${agent.actions.length
    ? html`<pre class="json" tabindex="0" aria-label="Actions as JSON">${text}</pre>`
    : html`<${Empty} title="It does nothing yet" lines=${[`pypes agent ${agent.name} add '{"type":"every","interval":"10m","action":{"type":"webhook","url":"https://example.com/hook"}}' --action`]} />`}
    <p class="buttons"><button type="button" onClick=${() => setEditing(true)}>Edit</button></p>`;
}

function Edit({ agent, text, over }) {
  const [state, setState] = useState({ text, ok: true });
  const save = async () => {
    const before = await attempt(() => get(agentPath(agent.name)));
    if (!before) return;
    const put = (actions) => call("PATCH", agentPath(agent.name), { actions });
    const undo = () => attempt(() => put(before.actions), { done: "The old actions are back" }).then(over);
    if (await attempt(() => put(JSON.parse(state.text)), { done: `${agent.name} is saved, and live`, undo })) over();
  };
  return html`<${Editor} label="Actions as JSON" text=${text} body=${(actions) => ({ name: agent.name, actions, options: agent.options })} onState=${setState} />
    <p class="buttons">
      <button type="button" class="main" disabled=${!state.ok || state.text === text} onClick=${save}>Save</button>
      <button type="button" onClick=${over}>Leave it</button>
      <span class="muted">What keeps its words keeps its next slot.</span>
    </p>`;
}
