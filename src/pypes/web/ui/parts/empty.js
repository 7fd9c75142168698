// An empty place says why it is empty, and which line fills it.
import { html } from "../base/html.js";
import { Line } from "./copy.js";

export function Empty({ title, children, lines = [] }) {
  return html`<div class="empty">
    <h3>${title}</h3>
    ${children}
    ${lines.map((text) => html`<${Line} text=${text} />`)}
  </div>`;
}

/** The address of this very daemon, for lines that are copied. */
export const base = () => location.origin;
