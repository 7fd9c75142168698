// Run: one row of the ledger: its moments, every attempt, what was sent, and what can be done about it.
import { get, post, runPath } from "../base/api.js";
import { html, useState } from "../base/html.js";
import { useLoad } from "../base/load.js";
import { go, to } from "../base/route.js";
import { milliseconds, precise } from "../base/time.js";
import { count, pretty } from "../base/words.js";
import { Ago } from "../parts/countdown.js";
import { Copied } from "../parts/copy.js";
import { ask } from "../parts/dialog.js";
import { State } from "../parts/glyph.js";
import { attempt } from "../parts/notice.js";
import { Loaded, Trouble } from "../parts/problem.js";
import { Replay } from "../parts/replay.js";
import { Tree } from "../parts/tree.js";
import { Waterfall } from "../parts/waterfall.js";

const CAN_RETRY = ["failed", "cancelled", "unknown"];
const OPEN = ["waiting", "running"];

export function Run({ name: id }) {
  const mine = (data) => data.id === id;
  const run = useLoad(() => get(runPath(id)), [id], { on: ["run.started", "run.finished", "run.skipped"], where: mine });
  const sent = useLoad(() => get(runPath(id, "/request")), [id]);
  if (run.problem && !run.data) return html`<h1>Run</h1><${Trouble} problem=${run.problem} retry=${run.reload} />`;
  return html`<${Loaded} of=${run}>${(data) => html`
    <${Title} run=${data} sent=${sent.data} changed=${run.reload} />
    <div class="columns">
      <section><h2>${count(data.attempts.length, "attempt")}</h2>
        ${data.attempts.map((each, index) => html`<${Attempt} key=${index} number=${index + 1} of=${each} />`)}
        ${!data.attempts.length && html`<p class="muted">${nothing(data)}</p>`}</section>
      <div class="column">
        <section><h2>Moments</h2><${Moments} of=${data} /></section>
        ${data.inputs && html`<section><h2>What it is about</h2><div class="card"><${Tree} value=${data.inputs} /></div></section>`}
        <section><h2>What it sends</h2>${sent.problem ? html`<p class="muted">${sent.problem.message}</p>` : html`<${Loaded} of=${sent}>${(request) => html`<${Request} of=${request} />`}<//>`}</section>
      </div>
    </div>`}
  <//>`;
}

function Title({ run, sent, changed }) {
  const [replaying, setReplaying] = useState(false);
  const retry = async () => {
    const text = "The same row is tried again, under the same webhook-id: a receiver that keeps ids will not act twice.";
    if (await ask({ title: `Retry this run of ${run.agent}`, text, verb: "Retry" })) await attempt(() => post(runPath(run.id, "/retry")), { done: "It is tried again" }), changed();
  };
  const cancel = async () => {
    if (await ask({ title: `Cancel this run of ${run.agent}`, text: "What is under way is dropped. The receiver may have acted already.", verb: "Cancel the run", grave: true })) await attempt(() => post(runPath(run.id, "/cancel")), { done: "It is cancelled" }), changed();
  };
  return html`<div class="title">
    <h1><a class="quiet" href=${to("agents", run.agent)}>${run.agent}</a> <${State} of=${run.state} />
      <small class="muted"><code>${run.id}</code></small></h1>
    <div class="buttons">
      ${CAN_RETRY.includes(run.state) && html`<button type="button" class="main" onClick=${retry}>Retry now</button>`}
      ${OPEN.includes(run.state) && html`<button type="button" class="grave" onClick=${cancel}>Cancel</button>`}
      ${sent && html`<button type="button" onClick=${() => setReplaying(true)}>Replay …</button><${Copied} text=${curl(sent)} label="Copy as curl" />`}
    </div>
  </div>
  ${run.reason && html`<p class="lead" data-state=${run.state}>${run.reason}</p>`}
  ${replaying && html`<${Replay} run=${run} payload=${sent.payload} onClose=${() => setReplaying(false)} done=${(made) => go(to("runs", made.id))} />`}`;
}

function Moments({ of }) {
  const facts = [
    ["Slot", of.count > 1 ? `${precise(of.from)} to ${precise(of.to)}, ${of.count} slots` : precise(of.slot)],
    ["Effective", of.effective !== of.slot && precise(of.effective)],
    ["Started", of.started && precise(of.started)],
    ["Late", of.lateness_ms !== null && milliseconds(of.lateness_ms)],
    ["Finished", of.finished && html`${precise(of.finished)} <span class="muted">(<${Ago} of=${of.finished} />)</span>`],
    ["Trigger", of.trigger],
    ["Action", `${of.action}, ${of.type}`],
    ["Node", of.node],
  ].filter(([, value]) => value);
  return html`<dl class="facts">${facts.map(([word, value]) => html`<div><dt>${word}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function Attempt({ number, of }) {
  const { started, finished, status, bytes, body, error, timing, clipped, step, output, spent, note, ...more } = of;
  const good = error === null;
  const which = step === undefined ? `Attempt ${number}` : `Attempt ${number}, step ${step}`;
  return html`<div class="card attempt">
    <h3><${State} of=${good ? "succeeded" : "failed"} word=${which} /> ${status !== null && html`<span>→ ${status}</span>`}
      ${bytes !== null && html`<span class="muted">${bytes.toLocaleString("en")}${clipped ? "+" : ""} bytes</span>`}</h3>
    ${error && !body && html`<p class="wrong">${error}</p>`}
    <${Waterfall} timing=${timing} />
    ${body && html`<pre class="json" tabindex="0" aria-label=${`Answer to attempt ${number}`}>${pretty(body)}${clipped ? "\n… the rest was not read" : ""}</pre>`}
    ${note && html`<p>${note}</p>`}
    ${output !== undefined && html`<pre class="json" tabindex="0" aria-label=${`What ${which} gave`}>${typeof output === "string" ? output : pretty(output)}</pre>`}
    ${spent && html`<p>${used(spent)}</p>`}
    ${Object.keys(more).length > 0 && html`<${Tree} value=${more} />`}
    <p class="muted">${precise(started)}</p>
  </div>`;
}

/** What a model used. */
const used = ({ model, tokens_in, tokens_out, usd }) =>
  `${model}: ${count(tokens_in, "token")} in, ${count(tokens_out, "token")} out, ${usd === null ? "price unknown" : `$${usd}`}`;

function Request({ of }) {
  const headers = Object.entries(of.headers);
  return html`<div class="card">
    <p class="break"><b>${of.method}</b> <code>${of.url}</code></p>
    ${headers.length > 0 && html`<dl class="facts">${headers.map(([name, value]) => html`<div><dt>${name}</dt><dd class="break">${value}</dd></div>`)}</dl>`}
    ${of.payload !== null && html`<pre class="json" tabindex="0" aria-label="Payload">${pretty(of.payload)}</pre>`}
    <p class="muted">${of.replaced ? "This run has a payload of its own." : "As the action is written now; secrets are masked."}</p>
  </div>`;
}

const nothing = ({ state, trigger }) => (OPEN.includes(state) ? "None yet." : state === "skipped" ? "It was skipped: nothing was sent." : `None: a ${trigger} run that ended before its first.`);

function curl({ method, url, headers, payload }) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const given = Object.entries({ ...(payload === null ? {} : { "Content-Type": "application/json" }), ...headers });
  const data = payload === null ? [] : ["-d", quoted(JSON.stringify(payload))];
  return ["curl", "-X", method, quoted(url), ...given.flatMap(([name, value]) => ["-H", quoted(`${name}: ${value}`)]), ...data].join(" ");
}
