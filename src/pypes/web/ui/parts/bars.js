// Bars: how the last runs went, and how many fires there were, at a glance.
import { html } from "../base/html.js";
import { milliseconds, when } from "../base/time.js";
import { count } from "../base/words.js";

const ROOM = 20;

/** The newest runs, the newest at the right; height and shape tell the state, and so does the text. */
export function Outcomes({ of }) {
  const bars = [...of].reverse();
  return html`<span class="outcomes" role="img" aria-label=${summary(of)}>
    ${Array.from({ length: ROOM - bars.length }, () => html`<i></i>`)}
    ${bars.map((run) => html`<i data-state=${run.state} title=${tip(run)}></i>`)}
  </span>`;
}

function tip(run) {
  const slots = run.count > 1 ? ` (${run.count} slots)` : "";
  const took = run.latency_ms === null ? "" : `, ${milliseconds(run.latency_ms)}`;
  return `${when(run.slot)} ${run.state}${slots}${took}`;
}

function summary(runs) {
  if (!runs.length) return "no runs yet";
  const counts = new Map();
  runs.forEach((run) => counts.set(run.state, (counts.get(run.state) ?? 0) + 1));
  return `of the last ${count(runs.length, "run")}, newest first: ${[...counts].map(([state, n]) => `${n} ${state}`).join(", ")}`;
}

/** A line of values without axes; its figures stand beside it in words. */
export function Spark({ values, label }) {
  const width = 120;
  const top = Math.max(1, ...values);
  const x = (index) => (index * width) / Math.max(1, values.length - 1);
  const points = values.map((value, index) => `${x(index).toFixed(1)},${(26 - (value / top) * 22).toFixed(1)}`);
  return html`<svg class="spark" viewBox="0 0 120 28" preserveAspectRatio="none" role="img" aria-label=${label}>
    <polygon points=${`0,28 ${points.join(" ")} ${x(values.length - 1)},28`} />
    <polyline points=${points.join(" ")} />
  </svg>`;
}
