// What could not be read, in the API's own words, with a way to try again.
import { html } from "../base/html.js";

export function Trouble({ problem, retry }) {
  return html`<div class="trouble" role="alert">
    <p>${problem.path && html`<code>${problem.path}</code>`} ${problem.message}</p>
    ${retry && html`<button type="button" onClick=${retry}>Try again</button>`}
  </div>`;
}

/** What was loaded, or why not, or that it is on its way. */
export function Loaded({ of, children }) {
  if (of.data === null && of.problem) return html`<${Trouble} problem=${of.problem} retry=${of.reload} />`;
  if (of.data === null) return html`<p class="muted loading" aria-busy="true">Loading …</p>`;
  return children(of.data);
}
