// A line to be typed somewhere else, with a button that copies it.
import { html, useState } from "../base/html.js";

export function Copied({ text, label = "Copy" }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await write(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return html`<button type="button" class="small" onClick=${copy}>${done ? "Copied" : label}</button>`;
}

export function Line({ text }) {
  return html`<div class="line"><code>${text}</code><${Copied} text=${text} /></div>`;
}

/** The clipboard is closed to pages that came over plain HTTP from another machine: then select and copy. */
async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
