// Nodes: the daemons that share the store.
import { get } from "../base/api.js";
import { html } from "../base/html.js";
import { useLoad } from "../base/load.js";
import { milliseconds, when } from "../base/time.js";
import { count } from "../base/words.js";
import { Ago } from "../parts/countdown.js";
import { Empty } from "../parts/empty.js";
import { State } from "../parts/glyph.js";
import { Loaded } from "../parts/problem.js";

export function Nodes() {
  return html`<h1>Nodes</h1>
    <p class="muted">The daemons that share this store. Any of them answers for all; which one holds a run stands in the ledger.</p>
    <${NodeList} whole />
    <${Empty} title="More than one" lines=${["pypes start --database postgresql://user@host/pypes"]}>
      <p>Daemons that are started on the same PostgreSQL database share its agents: each slot is fired by one of them, and when one dies the others take what it held.</p>
    <//>`;
}

export function NodeList({ whole = false }) {
  const nodes = useLoad(ask, [], { on: ["lag"], calm: 5000 });
  return html`<${Loaded} of=${nodes}>${(items) => html`
    <ul class="plain nodes">${items.map((node) => html`<${Node} key=${node.name} of=${node} whole=${whole} />`)}</ul>`}
  <//>`;
}

/** A daemon that does not list its nodes is alone, and says who it is elsewhere. */
async function ask() {
  try {
    const { items } = await get("/nodes");
    return items.map((node) => ({ ...node, name: node.name ?? node.node }));
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    const { node, version, started } = await get("/overview");
    return [{ name: node, version, started }];
  }
}

const SHAPES = { active: "active", draining: "paused", late: "failed" };
const known = (value) => value !== undefined && value !== null;

function Node({ of, whole }) {
  const ahead = of.clock_offset_ms ?? of.offset_ms;
  const facts = [
    ["version", of.version],
    ["started", of.started && when(of.started)],
    ["heard of", of.heartbeat && html`<${Ago} of=${of.heartbeat} />`],
    ["holds", known(of.held) && count(of.held, "run")],
    ["in a minute", known(of.rate) && count(of.rate, "fire")],
    ["its clock", known(ahead) && `${ahead < 0 ? "−" : "+"}${milliseconds(Math.abs(ahead))}`],
  ].filter(([, value]) => value);
  return html`<li class="card node">
    <h3>${of.name} ${of.state && html`<${State} of=${SHAPES[of.state] ?? "unknown"} word=${of.state} />`}</h3>
    <dl class="facts">${(whole ? facts : facts.slice(0, 4)).map(([word, value]) => html`<div><dt>${word}</dt><dd>${value}</dd></div>`)}</dl>
  </li>`;
}
