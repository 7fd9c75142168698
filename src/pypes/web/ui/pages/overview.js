// Overview: what the scheduler is doing, what it will do, what it did.
import { get } from "../base/api.js";
import { useCell } from "../base/cell.js";
import { html, useEffect, useState } from "../base/html.js";
import { useLoad } from "../base/load.js";
import { to } from "../base/route.js";
import { pulse as livePulse, useEvents } from "../base/stream.js";
import { milliseconds, useEvery, when } from "../base/time.js";
import { brief, count, percent } from "../base/words.js";
import { Spark } from "../parts/bars.js";
import { Countdown } from "../parts/countdown.js";
import { Empty, base } from "../parts/empty.js";
import { Glyph } from "../parts/glyph.js";
import { Feed } from "../parts/feed.js";
import { Loaded, Trouble } from "../parts/problem.js";
import { NodeList } from "./nodes.js";

const MINUTE = 60;

export function Overview() {
  const overview = useLoad(() => get("/overview"), [], { on: ["run.finished", "agent.changed", "agent.deleted"], where: news });
  useEvery(10000, overview.reload);
  return html`<${Loaded} of=${overview}>${(data) => html`
    <${Headline} of=${data} />
    ${overview.problem && html`<${Trouble} problem=${overview.problem} />`}
    ${data.counts.agents === 0 ? html`<${Welcome} />` : html`<${Board} of=${data} />`}`}
  <//>`;
}

/** A failure and a changed agent are shown at once; the rest of the figures may be some seconds old. */
const news = (data, kind) => kind !== "run.finished" || data.state !== "succeeded";

function Headline({ of }) {
  const pulse = useCell(livePulse) ?? of.pulse;
  const [good, sentence] = verdict(of, pulse);
  const facts = [count(of.counts.agents, "agent"), count(of.counts.schedules, "active trigger"), count(of.counts.runs, "run")];
  return html`<div class="headline" data-good=${good}>
    <h1><${Glyph} state=${good === "yes" ? "succeeded" : "lost"} />${sentence}</h1>
    <p class="muted">${facts.join(", ")} in the ledger. pypes ${of.version} on ${of.node}, since ${when(of.started)}.</p>
  </div>`;
}

function verdict({ problems, recent, counts }, pulse) {
  const [problem] = Object.values(problems);
  if (problem) return ["no", problem];
  if (pulse.behind_ms > 2000) return ["no", `The scheduler is ${milliseconds(pulse.behind_ms)} behind`];
  const failed = (recent.slots.failed ?? 0) + (recent.slots.unknown ?? 0);
  if (failed) return [recent.success > 0.5 ? "partly" : "no", `On time, with ${count(failed, "failure")} since ${when(recent.since)}`];
  return ["yes", counts.schedules ? "All is well" : "Ready, and nothing to do yet"];
}

function Board({ of }) {
  return html`
    <${Figures} of=${of} />
    <div class="columns">
      <section><h2>Next</h2><${Next} /></section>
      <section><h2>As it happens</h2><${Feed} rows=${8} /></section>
      <section><h2>Last failures</h2><${Failures} of=${of.failures} /></section>
      <section><h2>Nodes</h2><${NodeList} /></section>
    </div>`;
}

function Figures({ of }) {
  const pulse = useCell(livePulse) ?? of.pulse;
  const rates = useRates();
  const late = pulse.lateness_ms;
  return html`<div class="figures">
    <div class="figure"><h2>Fires a second</h2><b data-figure="fires">${pulse.fires.toLocaleString("en")}</b>
      <${Spark} values=${rates} label=${`fires in each of the last ${rates.length} seconds, at most ${Math.max(0, ...rates)}`} /></div>
    <div class="figure"><h2>Late</h2><b>${late ? milliseconds(late.p50) : "–"}</b>
      <p>${late ? `99 in 100 at most ${milliseconds(late.p99)}, of ${late.runs} in the last minute` : "nothing ran within a minute"}</p></div>
    <div class="figure"><h2>Succeeded</h2><b>${percent(of.recent.success)}</b>
      <p>${of.recent.rows ? `of the newest ${count(of.recent.rows, "row")}${of.recent.slots.skipped ? `; ${count(of.recent.slots.skipped, "slot")} skipped` : ""}` : "no runs yet"}</p></div>
    <div class="figure"><h2>Under way</h2><b>${pulse.running}</b>
      <p>${pulse.waiting ? `${pulse.waiting} waiting, ` : ""}${pulse.behind_ms > 50 ? `${milliseconds(pulse.behind_ms)} behind` : "nothing is behind"}</p></div>
  </div>`;
}

/** Fires in each of the last 60 seconds: what the ledger knows, then what is heard. */
function useRates() {
  const [rates, setRates] = useState([]);
  useEffect(() => {
    const until = Date.now() - 2000;
    const range = { from: new Date(until - MINUTE * 1000).toISOString(), to: new Date(until).toISOString(), buckets: MINUTE };
    get("/timeline", range).then(({ buckets }) => setRates((heard) => [...buckets.map(ran), ...heard].slice(-MINUTE)), () => {});
  }, []);
  useEvents(["lag"], (kind, data) => data && setRates((before) => [...before, data.fires].slice(-MINUTE)));
  return rates;
}

const ran = ({ slots }) => Object.entries(slots).reduce((sum, [state, n]) => (["skipped", "planned", "waiting"].includes(state) ? sum : sum + n), 0);

function Next() {
  const soon = useLoad(() => get("/roster", { sort: "next", limit: 8 }), [], { on: ["lag", "agent.changed", "agent.deleted"], calm: 2000 });
  return html`<${Loaded} of=${soon}>${({ items }) =>
    items.length
      ? html`<ul class="plain list">${items.map((agent) => html`<li key=${agent.name}>
          <a data-row href=${to("agents", agent.name)}>${agent.name}</a>
          <span class="muted reason">${agent.text}</span>
          <${Countdown} to=${agent.next} /></li>`)}</ul>`
      : html`<${Empty} title="Nothing is to come" lines=${["pypes preview '*/5 * * * *'"]}><p>No trigger is active.</p><//>`}
  <//>`;
}

function Failures({ of }) {
  if (!of.length) return html`<p class="muted">None among the newest runs.</p>`;
  return html`<ul class="plain list failures">${of.map((run) => html`<li key=${run.id}>
    <a data-row href=${to("runs", run.id)}><${Glyph} state="failed" />${run.agent}</a>
    <span class="muted reason" title=${run.reason}>${brief(run.reason ?? run.state)}</span>
    <time class="muted" datetime=${run.slot}>${when(run.slot)}</time></li>`)}</ul>`;
}

function Welcome() {
  const agent = JSON.stringify({ name: "ticker", actions: [{ type: "every", interval: "10s", action: { type: "webhook", url: "https://example.com/hook" } }] });
  return html`<${Empty} title="No agents yet" lines=${["pypes demo", `curl -X POST ${base()}/agents -H 'Content-Type: application/json' -d '${agent}'`]}>
    <p>An agent has a name, inputs, and actions that say when to do what. <a class="button main" href="#/new">Make one here</a>, or with one of these lines:</p>
  <//>`;
}
