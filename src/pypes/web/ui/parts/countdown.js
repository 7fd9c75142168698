// Moments that people read: how far away, with the exact instant behind it.
import { html } from "../base/html.js";
import { HERE, distance, full, precise, useNow } from "../base/time.js";

const hint = (moment) => `${precise(moment)}\n${full(moment)} (${HERE})`;

/** How long until a moment, counting. */
export function Countdown({ to, none = "–" }) {
  const at = useNow(500);
  if (!to) return html`<span class="muted">${none}</span>`;
  const text = Date.parse(to) <= at ? "now" : distance(to, at);
  return html`<time class="countdown" datetime=${to} title=${hint(to)}>${text}</time>`;
}

/** How long ago, or how far ahead, a moment is. */
export function Ago({ of }) {
  const at = useNow(1000);
  return html`<time datetime=${of} title=${hint(of)}>${distance(of, at)}</time>`;
}
