// JSON as a tree whose branches open and close; long texts are cut until somebody wants them.
import { html, useState } from "../base/html.js";

const LONG = 200;
const SHOWN = 100;

export function Tree({ value, name, open = true }) {
  if (value === null || typeof value !== "object") return html`<${Leaf} value=${value} name=${name} />`;
  const entries = Object.entries(value);
  const [mark, end] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (!entries.length) return html`<div class="leaf"><${Name} of=${name} />${mark}${end}</div>`;
  return html`<details class="tree" open=${open}>
    <summary><${Name} of=${name} />${mark} <span class="muted">${entries.length}</span> ${end}</summary>
    ${entries.slice(0, SHOWN).map(([key, each]) => html`<${Tree} value=${each} name=${key} open=${entries.length < 20} />`)}
    ${entries.length > SHOWN && html`<div class="leaf muted">and ${entries.length - SHOWN} more</div>`}
  </details>`;
}

function Leaf({ value, name }) {
  const [whole, setWhole] = useState(false);
  const text = JSON.stringify(value);
  const cut = text.length > LONG && !whole;
  return html`<div class="leaf"><${Name} of=${name} />
    <span class="value" data-type=${value === null ? "null" : typeof value}>${cut ? `${text.slice(0, LONG)}…` : text}</span>
    ${cut && html` <button type="button" class="link" onClick=${() => setWhole(true)}>all of it</button>`}
  </div>`;
}

const Name = ({ of }) => (of === undefined ? null : html`<span class="key">${of}</span><span class="muted">: </span>`);
