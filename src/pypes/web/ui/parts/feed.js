// The feed: runs as they end, newest first. It can be held still; at high rates only failures are told one by one.
import { get } from "../base/api.js";
import { useCell } from "../base/cell.js";
import { html, useEffect, useState } from "../base/html.js";
import { to } from "../base/route.js";
import { asOf, pulse, useEvents } from "../base/stream.js";
import { clock } from "../base/time.js";
import { ending } from "../base/words.js";
import { Empty } from "./empty.js";
import { Glyph } from "./glyph.js";

const KINDS = ["run.started", "run.finished", "run.skipped"];

export function Feed({ rows }) {
  const [runs, setRuns] = useState(null);
  const [held, setHeld] = useState(false);
  const busy = useCell(pulse)?.each === false;
  const refill = () => get("/runs", { limit: rows, until: asOf() }).then(({ items }) => setRuns(items), () => {});
  useEffect(() => {
    refill();
  }, []);
  useEvents(KINDS, (kind, run) => {
    if (held) return;
    if (kind === "resync") refill();
    else setRuns((before) => [run, ...(before ?? []).filter(({ id }) => id !== run.id)].slice(0, rows));
  });
  if (runs && !runs.length) return html`<${Empty} title="Nothing has run yet" lines=${["pypes agent NAME run --fire"]} />`;
  return html`<div class="feed">
    <ul class="plain list" aria-label="Runs as they happen">${(runs ?? []).map((run) => html`<li key=${run.id} data-state=${run.state}>
      <a data-row href=${to("runs", run.id)}><${Glyph} state=${run.state} />${run.agent}</a>
      <span class="muted reason" title=${run.reason ?? ""}>${ending(run)}</span>
      <time class="muted" datetime=${run.slot}>${clock(run.slot)}</time></li>`)}
    </ul>
    <p class="buttons">
      <button type="button" class="small" aria-pressed=${held} onClick=${() => setHeld(!held)}>${held ? "Go on" : "Hold"}</button>
      ${busy && html`<span class="muted">Many fires: only failures are shown one by one.</span>`}
    </p>
  </div>`;
}
