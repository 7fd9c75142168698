// The palette: type a few letters of an agent or a page, press Enter.
import { get } from "../base/api.js";
import { html, useEffect, useState } from "../base/html.js";
import { go, to } from "../base/route.js";
import { Dialog } from "./dialog.js";
import { State } from "./glyph.js";

const PAGES = [["Overview"], ["Agents", "agents"], ["Runs", "runs"], ["Timeline", "timeline"], ["Preview an expression", "preview"], ["Spending", "spending"], ["Nodes", "nodes"], ["New agent", "new"]];

export function Palette({ onClose }) {
  const [text, setText] = useState("");
  const [agents, setAgents] = useState([]);
  const [at, setAt] = useState(0);
  useEffect(() => {
    let current = true;
    get("/roster", { search: text, limit: 8 }).then(({ items }) => current && setAgents(items), () => {});
    return () => (current = false);
  }, [text]);
  const fits = (word) => word.toLowerCase().includes(text.toLowerCase()); // what was found may answer an older text
  const begins = ({ name }) => name.toLowerCase().startsWith(text.toLowerCase());
  const pages = PAGES.filter(([word]) => fits(word));
  const found = [
    ...agents.filter(({ name }) => fits(name)).sort((one, other) => begins(other) - begins(one)).map((agent) => ({ word: agent.name, state: agent.state, hash: to("agents", agent.name) })),
    ...pages.map(([word, ...path]) => ({ word, hash: to(...path) })),
  ];
  const choose = (item) => {
    onClose();
    if (item) go(item.hash);
  };
  const press = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((before) => Math.max(0, Math.min(found.length - 1, before + step)));
    if (event.key === "Enter") choose(found[at]);
    if (step || event.key === "Enter") event.preventDefault();
  };
  return html`<${Dialog} title="Go to" onClose=${onClose}>
    <input type="search" aria-label="Agent or page" role="combobox" aria-expanded="true" aria-controls="found"
      aria-activedescendant=${found[at] && `found-${at}`} autofocus value=${text} onKeyDown=${press}
      onInput=${(event) => (setText(event.target.value), setAt(0))} placeholder="An agent or a page" />
    <ul id="found" class="plain found" role="listbox" aria-label="What was found">${found.map((item, index) => html`
      <li id=${`found-${index}`} role="option" aria-selected=${index === at} onClick=${() => choose(item)}>
        ${item.word} ${item.state && html`<${State} of=${item.state} />`}
      </li>`)}
    </ul>
  <//>`;
}
