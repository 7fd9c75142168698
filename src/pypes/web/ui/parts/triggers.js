// An agent's timed triggers: in words, the next ten fires in its zone and in yours, paused and resumed one by one.
import { get } from "../base/api.js";
import { html, useState } from "../base/html.js";
import { useLoad } from "../base/load.js";
import { HERE, full, zoneOf } from "../base/time.js";
import { Backfill } from "./backfill.js";
import { Countdown } from "./countdown.js";
import { Empty } from "./empty.js";
import { State } from "./glyph.js";
import { Loaded } from "./problem.js";
import { fireNow, switchPause } from "./switching.js";

const FIRES = 10;
const HAS_PAST = ["cron", "every"];

export function Triggers({ agent, schedules, changed }) {
  const [filling, setFilling] = useState(null);
  if (!schedules.length) return html`<${Empty} title="It fires by hand only" lines=${[`pypes agent ${agent} run --fire`]} />`;
  return html`${filling && html`<${Backfill} agent=${agent} schedule=${filling} onClose=${() => setFilling(null)} />`}
    ${schedules.map((schedule) => html`<div class="card trigger" key=${schedule.id}>
    <h3>${schedule.text} <${State} of=${schedule.state} /></h3>
    <p class="muted"><code>${schedule.expression}</code> in ${schedule.timezone}${schedule.policy.overlap !== "skip" && `, overlap ${schedule.policy.overlap}`}</p>
    ${schedule.note && html`<p>Paused${schedule.until && html` until ${full(schedule.until)}`}: ${schedule.note}</p>`}
    <p class="buttons"><span>Next fire <b><${Countdown} to=${schedule.effective_next} none=${schedule.state === "paused" ? "when resumed" : "never again"} /></b></span>
      ${schedule.state !== "finished" && html`<button type="button" class="small" onClick=${() => switchPause(agent, schedule.state === "paused", changed, schedule.action)}>${schedule.state === "paused" ? "Resume" : "Pause"}</button>`}
      <button type="button" class="small" onClick=${() => fireNow(agent, schedule.action, [schedule.text])}>Fire now</button>
      ${HAS_PAST.includes(schedule.type) && html`<button type="button" class="small" onClick=${() => setFilling(schedule)}>Backfill …</button>`}</p>
    ${schedule.state === "active" && html`<${Fires} agent=${agent} schedule=${schedule} open=${schedules.length === 1} />`}
  </div>`)}`;
}

function Fires({ agent, schedule, open }) {
  const fires = useLoad(() => get("/schedules/upcoming", { agent, limit: 200, to: new Date(Date.now() + 366 * 864e5).toISOString() }), [agent, schedule.next]);
  const zone = zoneOf(schedule.timezone);
  return html`<${Loaded} of=${fires}>${({ items }) => html`<details open=${open}>
    <summary>The next ${FIRES} fires</summary>
    <table class="fires"><thead><tr><th scope="col">In ${schedule.timezone}</th>${zone !== HERE && html`<th scope="col">Where you are, ${HERE}</th>`}</tr></thead>
      <tbody>${items.filter(({ action }) => action === schedule.action).slice(0, FIRES).map(({ at }) => html`<tr key=${at}><td>${full(at, zone)}</td>${zone !== HERE && html`<td>${full(at)}</td>`}</tr>`)}</tbody>
    </table></details>`}
  <//>`;
}
