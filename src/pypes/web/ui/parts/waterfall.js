// Where the time of an attempt went: its phases one after the other, with their figures in words.
import { html } from "../base/html.js";
import { milliseconds } from "../base/time.js";

const PHASES = [["resolve", "name"], ["connect", "connect"], ["tls", "TLS"], ["first_byte", "wait"]];

export function Waterfall({ timing }) {
  const known = PHASES.filter(([key]) => timing[key] !== undefined).map(([key, word]) => ({ key, word, ms: timing[key] }));
  const total = timing.total ?? known.reduce((sum, phase) => sum + phase.ms, 0);
  if (!total) return null;
  const rest = Math.max(0, total - known.reduce((sum, phase) => sum + phase.ms, 0));
  const phases = [...known, { key: "rest", word: "send and read", ms: rest }];
  return html`<div class="waterfall">
    <div class="track" aria-hidden="true">${phases.map((phase) => html`<i data-phase=${phase.key} style=${{ flexGrow: Math.max(0.01, phase.ms / total) }}></i>`)}</div>
    <dl>${phases.map((phase) => html`<div><dt data-phase=${phase.key}>${phase.word}</dt><dd>${milliseconds(phase.ms)}</dd></div>`)}
      <div><dt>in all</dt><dd>${milliseconds(total)}</dd></div></dl>
  </div>`;
}
