// Which key does what.
import { html } from "../base/html.js";
import { Dialog } from "./dialog.js";

const KEYS = [["Ctrl K", "go to an agent or a page"], ["/", "search on this page"], ["j  k", "walk down and up a list"], ["Enter", "open what has the focus"], ["n", "a new agent"], ["t", "light, dark, or as the system has it"], ["?", "this list"], ["Esc", "close"]];

export function Help({ onClose }) {
  return html`<${Dialog} title="Keys" onClose=${onClose}>
    <dl class="keys">${KEYS.map(([key, text]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${text}</dd></div>`)}</dl>
    <div class="buttons end"><button type="button" autofocus onClick=${onClose}>Close</button></div>
  <//>`;
}
