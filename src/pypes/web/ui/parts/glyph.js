// Glyphs: every state has a shape of its own beside its colour and its word.
import { html } from "../base/html.js";

const SHAPES = {
  succeeded: "M3.5 8.5l3 3 6-7",
  failed: "M4 4l8 8M12 4l-8 8",
  skipped: "M3.5 3.5v9M7 3.5l5.5 4.5L7 12.5",
  running: "M5 3.5l7 4.5-7 4.5z",
  waiting: "M8 2.5a5.5 5.5 0 1 0 .01 0M8 5v3l2 1.5",
  cancelled: "M4.5 4.5h7v7h-7z",
  unknown: "M6 6a2 2 0 1 1 2.6 1.9c-.5.2-.6.5-.6 1.1M8 11.8v.1",
  active: "M5 3.5l7 4.5-7 4.5z",
  paused: "M5.5 4v8M10.5 4v8",
  finished: "M3.5 8.5l3 3 6-7",
  idle: "M4 8h8",
  lost: "M8 3v6M8 12v.1",
  live: "M2 8h3l2-4 2 8 2-4h3",
};

export function Glyph({ state }) {
  return html`<svg class="glyph" viewBox="0 0 16 16" aria-hidden="true"><path d=${SHAPES[state] ?? SHAPES.unknown} /></svg>`;
}

/** A state with its shape and its word. */
export function State({ of, word = of }) {
  return html`<span class="state" data-state=${of}><${Glyph} state=${of} />${word}</span>`;
}

const ICONS = {
  overview: "M2.5 9l2.5-4 3 6 2.5-5 3 3",
  agents: "M3 4h10M3 8h10M3 12h10",
  runs: "M4 3h8v10H4zM6.5 6h3M6.5 9h3",
  timeline: "M2.5 12.5v-4M6 12.5v-8M9.5 12.5v-5M13 12.5v-9",
  preview: "M8 2.5a5.5 5.5 0 1 0 .01 0M8 5v3.2l2.3 1.6",
  spending: "M8 2.5v11M11 5C10 3.8 6 3.6 5.2 5.4c-.8 2 5.4 2.6 5.8 4.8.3 2.3-4.6 2.6-6 .8",
  nodes: "M3 3.5h10v3.5H3zM3 9h10v3.5H3zM5.5 5.2v.1M5.5 10.7v.1",
};

export function Icon({ name }) {
  return html`<svg class="glyph icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${ICONS[name]} /></svg>`;
}
