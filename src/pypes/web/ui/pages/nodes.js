// Nodes: the daemons that share the store.
import { get, post } from "../base/api.js";
import { html } from "../base/html.js";
import { useLoad } from "../base/load.js";
import { milliseconds, when } from "../base/time.js";
import { count } from "../base/words.js";
import { Ago } from "../parts/countdown.js";
import { ask } from "../parts/dialog.js";
import { Empty } from "../parts/empty.js";
import { State } from "../parts/glyph.js";
import { attempt } from "../parts/notice.js";
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
  const nodes = useLoad(read, [], { on: ["lag"], calm: 5000 });
  return html`<${Loaded} of=${nodes}>${(items) => html`
    <ul class="plain nodes">${items.map((node) => html`<${Node} key=${node.name} of=${node} whole=${whole} changed=${nodes.reload} />`)}</ul>`}
  <//>`;
}

/** A daemon that does not list its nodes is alone, and says who it is elsewhere. */
async function read() {
  try {
    const { items } = await get("/nodes");
    return items.map((node) => ({ ...node, name: node.name ?? node.node }));
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    const { node, version, started } = await get("/overview");
    return [{ name: node, version, started }];
  }
}

/** Lets a daemon hand over its work, or take work again. */
async function drain({ name, state }, changed) {
  const back = state === "draining";
  const text = "It claims nothing more, gives back what it has not sent, and ends what is under way. Alone, it lets slots wait until it may claim again.";
  if (!back && !(await ask({ title: `Drain ${name}`, text, verb: "Drain" }))) return;
  const undo = back ? undefined : () => attempt(() => post("/nodes/drain", { node: name, drain: false })).then(changed);
  await attempt(() => post("/nodes/drain", { node: name, drain: !back }), { done: back ? `${name} claims again` : `${name} hands over`, undo });
  changed();
}

const SHAPES = { active: "active", draining: "paused", late: "failed" };
const known = (value) => value !== undefined && value !== null;

function Node({ of, whole, changed }) {
  const ahead = of.clock_offset_ms ?? of.offset_ms;
  const facts = [
    ["version", of.version],
    ["started", of.started && when(of.started)],
    ["holds", known(of.held) && count(of.held, "run")],
    ["in a minute", known(of.rate) && count(of.rate, "fire")],
    ["heard of", of.heartbeat && html`<${Ago} of=${of.heartbeat} />`],
    ["its clock", known(ahead) && `${ahead < 0 ? "−" : "+"}${milliseconds(Math.abs(ahead))}`],
  ].filter(([, value]) => value);
  return html`<li class="card node">
    <h3>${of.name} ${of.state && html`<${State} of=${SHAPES[of.state] ?? "unknown"} word=${of.state} />`}</h3>
    ${whole && of.state && html`<p class="buttons"><button type="button" class="small" onClick=${() => drain(of, changed)}>${of.state === "draining" ? "Let it claim again" : "Drain …"}</button></p>`}
    <dl class="facts">${(whole ? facts : facts.slice(0, 4)).map(([word, value]) => html`<div><dt>${word}</dt><dd>${value}</dd></div>`)}</dl>
  </li>`;
}
