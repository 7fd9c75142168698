// Agent: one of them, whole: when it fires, how it went, what it does, what it was told.
import { agentPath, get } from "../base/api.js";
import { html } from "../base/html.js";
import { useLoad } from "../base/load.js";
import { go, to } from "../base/route.js";
import { asOf } from "../base/stream.js";
import { milliseconds, when } from "../base/time.js";
import { count, percent } from "../base/words.js";
import { Outcomes } from "../parts/bars.js";
import { Actions } from "../parts/actions.js";
import { Empty } from "../parts/empty.js";
import { State } from "../parts/glyph.js";
import { Inputs } from "../parts/inputs.js";
import { Ledger } from "../parts/ledger.js";
import { Loaded } from "../parts/problem.js";
import { Strip } from "../parts/strip.js";
import { fireNow, remove, switchPause } from "../parts/switching.js";
import { Triggers } from "../parts/triggers.js";

const RUNS = ["run.started", "run.finished", "run.skipped", "lag"];

export function Agent({ name }) {
  const mine = (data, kind) => kind === "lag" ? data.each === false : data.agent === name || data.name === name || data.name === null;
  const changes = { on: ["agent.changed", "agent.deleted"], where: mine };
  const agent = useLoad(() => get(agentPath(name), { actions: "objects" }), [name], changes);
  const schedules = useLoad(() => get("/schedules", { agent: name }), [name], { on: [...changes.on, ...RUNS], where: mine });
  const reload = () => (agent.reload(), schedules.reload());
  if (agent.problem?.status === 404) return html`<${Unknown} name=${name} problem=${agent.problem} />`;
  return html`<${Loaded} of=${agent}>${(data) => html`
    <${Title} agent=${data} schedules=${schedules.data?.items ?? []} changed=${reload} />
    <${History} name=${name} where=${mine} />
    <div class="columns">
      <div class="column">
        <section><h2>When</h2><${Loaded} of=${schedules}>${({ items }) => html`<${Triggers} agent=${name} schedules=${items} changed=${reload} />`}<//></section>
        <section><h2>What it does</h2><${Actions} agent=${data} saved=${reload} /></section>
      </div>
      <div class="column">
        <section><h2>Ledger</h2><${Runs} name=${name} where=${mine} /></section>
        <section><h2>Inputs</h2><${Inputs} name=${name} /></section>
      </div>
    </div>`}
  <//>`;
}

function Title({ agent, schedules, changed }) {
  const open = schedules.filter(({ state }) => state !== "finished");
  const paused = open.length > 0 && open.every(({ state }) => state === "paused");
  const state = !schedules.length ? "idle" : paused ? "paused" : open.length ? "active" : "finished";
  const deeds = agent.actions.filter((action) => typeof action === "object").map(describe);
  return html`<div class="title">
    <h1>${agent.name} <${State} of=${state} /></h1>
    <div class="buttons">
      <button type="button" class="main" onClick=${() => fireNow(agent.name, undefined, deeds)} disabled=${!deeds.length}>Fire now</button>
      ${open.length > 0 && html`<button type="button" onClick=${() => switchPause(agent.name, paused, changed)}>${paused ? "Resume" : "Pause"}</button>`}
      <button type="button" class="grave" onClick=${() => remove(agent.name, () => go("#/agents"))}>Delete</button>
    </div>
  </div>`;
}

export const describe = (action) => {
  const step = action.action ?? action;
  return step.url ? `${step.method ?? "POST"} ${step.url}` : step.type;
};

function History({ name, where }) {
  const recent = useLoad(() => get(agentPath(name, "/recent")), [name], { on: RUNS, where });
  const roster = useLoad(() => get("/roster", { agent: name }).then(({ items }) => items[0]), [name], { on: RUNS, where });
  return html`<${Loaded} of=${recent}>${(data) => html`<div class="figures">
    <div class="figure"><h2>Last 20</h2><${Outcomes} of=${roster.data?.outcomes ?? []} /><p>${data.rows ? `since ${when(data.since)}: ${count(data.rows, "row")}` : "no runs yet"}</p></div>
    <div class="figure"><h2>Succeeded</h2><b>${percent(data.success)}</b><p>${data.slots.skipped ? `${count(data.slots.skipped, "slot")} skipped` : "nothing skipped"}</p></div>
    <div class="figure"><h2>Took</h2><b>${data.latency_ms ? milliseconds(data.latency_ms.p50) : "–"}</b><p>${data.latency_ms ? `95 in 100 at most ${milliseconds(data.latency_ms.p95)}` : "of runs with one attempt"}</p></div>
    <div class="figure"><h2>A day behind, a day ahead</h2><${Strip} agent=${name} /></div>
  </div>`}<//>`;
}

function Runs({ name, where }) {
  const runs = useLoad(() => get("/runs", { agent: name, limit: 12, until: asOf() }), [name], { on: RUNS, where });
  return html`<${Loaded} of=${runs}>${({ items }) =>
    items.length
      ? html`<${Ledger} runs=${items} agent=${false} label=${`Runs of ${name}`} /><p><a href=${`#/runs?agent=${encodeURIComponent(name)}`}>All its runs</a></p>`
      : html`<${Empty} title="Nothing has run yet" lines=${[`pypes agent ${name} run --fire`]} />`}
  <//>`;
}

const Unknown = ({ name, problem }) => html`<h1>${name}</h1><${Empty} title=${problem.message} lines=${[`pypes add agent ${name}`]}>
  <p>It may have been deleted. Its <a href=${`${to("runs")}?agent=${encodeURIComponent(name)}`}>runs</a> stay in the ledger.</p><//>`;
