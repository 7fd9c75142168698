// A strip of time: a day behind and a day ahead of one agent, or of all, in equal stretches.
import { get } from "../base/api.js";
import { html } from "../base/html.js";
import { useLoad } from "../base/load.js";
import { now } from "../base/stream.js";
import { clock, date } from "../base/time.js";
import { STATES } from "../base/words.js";

export const ORDER = [...STATES, "planned"];

const DAY = 864e5;

/** A day behind and a day ahead, in stretches that begin on the clock's own half or whole hours. */
export function around(buckets) {
  const step = (2 * DAY) / buckets;
  const start = Math.floor(now() / step) * step - DAY;
  return { from: new Date(start).toISOString(), to: new Date(start + 2 * DAY).toISOString(), buckets };
}

export function Strip({ agent, buckets = 48 }) {
  const line = useLoad(() => get("/timeline", { agent, ...around(buckets) }), [agent, buckets], { on: ["agent.changed"], where: ({ name }) => name === agent });
  if (!line.data) return html`<div class="strip" aria-busy="true"></div>`;
  return html`<div class="strip" role="img" aria-label=${inWords(line.data)}>${line.data.buckets.map((bucket) => html`<i data-state=${worst(bucket.slots)} title=${tip(bucket)}></i>`)}</div>`;
}

/** What deserves the eye first. */
export const worst = (slots) => ["failed", "unknown", "running", "skipped", "cancelled", "succeeded", "waiting", "planned"].find((state) => slots[state]) ?? "none";

export function tip({ start, slots, estimated }) {
  const counts = ORDER.filter((state) => slots[state]).map((state) => `${slots[state].toLocaleString("en")} ${state}`);
  return `${date(start)} ${clock(start).slice(0, 5)}: ${counts.join(", ") || "nothing"}${estimated ? " (estimated)" : ""}`;
}

export function total(buckets) {
  const sum = {};
  buckets.forEach(({ slots }) => Object.entries(slots).forEach(([state, n]) => (sum[state] = (sum[state] ?? 0) + n)));
  return sum;
}

export function inWords({ buckets }) {
  const sum = total(buckets);
  return ORDER.filter((state) => sum[state]).map((state) => `${sum[state].toLocaleString("en")} ${state}`).join(", ") || "nothing behind or ahead";
}
