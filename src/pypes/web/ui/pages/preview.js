// Preview: what an expression means before anything depends on it: words, fires, warnings, and nights of change.
import { post } from "../base/api.js";
import { html, useEffect, useState } from "../base/html.js";
import { requery } from "../base/route.js";
import { now } from "../base/stream.js";
import { HERE, distance, full, zoneOf } from "../base/time.js";
import { Line } from "../parts/copy.js";
import { Glyph } from "../parts/glyph.js";

const RULES = ["vixie", "skip", "literal"];
const EXAMPLES = ["*/5 * * * *", "0 9 * * MON-FRI", "30 2 * * *", "0 0 L * *", "0 12 * * FRI#2", "*/10 * * * * *"];
const ZONES = ["UTC", ...(Intl.supportedValuesOf?.("timeZone") ?? [])];

export function Preview({ query }) {
  const [asked, setAsked] = useState({ expression: query.expression ?? "*/5 9-17 * * MON-FRI", timezone: query.timezone ?? HERE, dst: query.dst ?? "vixie" });
  const [said, setSaid] = useState(null);
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      requery(asked);
      post("/schedules/preview", { ...asked, count: 10, clock_changes: true }).then(
        (answer) => current && setSaid(answer),
        (problem) => current && setSaid({ problem }),
      );
    }, 150);
    return () => ((current = false), clearTimeout(timer));
  }, [asked.expression, asked.timezone, asked.dst]);
  const set = (field) => (event) => setAsked({ ...asked, [field]: event.target.value });
  return html`<h1>Preview</h1>
    <div class="tools preview">
      <label class="grow">Expression <input class="mono big" spellcheck="false" autocapitalize="off" value=${asked.expression} onInput=${set("expression")} aria-invalid=${Boolean(said?.problem)} aria-describedby="said" /></label>
      <label>Time zone <input list="zones" value=${asked.timezone} onInput=${set("timezone")} /></label>
      <label>When clocks change <select value=${asked.dst} onChange=${set("dst")}>${RULES.map((rule) => html`<option value=${rule} selected=${rule === asked.dst}>${rule}</option>`)}</select></label>
      <datalist id="zones">${ZONES.map((zone) => html`<option value=${zone} />`)}</datalist>
    </div>
    <p class="buttons">${EXAMPLES.map((text) => html`<button type="button" class="small mono" onClick=${() => setAsked({ ...asked, expression: text })}>${text}</button>`)}</p>
    <div id="said" aria-live="polite">${said && (said.problem ? html`<${Refused} of=${said.problem} />` : html`<${Meaning} of=${said} asked=${asked} />`)}</div>`;
}

const Refused = ({ of }) => html`<p class="trouble"><${Glyph} state="failed" />${of.path && html`<code>${of.path}</code> `}${of.message}</p>`;

function Meaning({ of, asked }) {
  const zone = zoneOf(asked.timezone);
  const line = `pypes preview '${asked.expression}' --tz ${asked.timezone}${asked.dst === "vixie" ? "" : ` --dst ${asked.dst}`}`;
  return html`<p class="meaning">${of.text}</p>
    ${of.warnings.map((warning) => html`<p class="warning"><${Glyph} state="lost" />${warning}</p>`)}
    <div class="columns">
      <section><h2>Next fires</h2>
        <table class="fires"><thead><tr><th scope="col">In ${asked.timezone}</th>${zone !== HERE && html`<th scope="col">Where you are, ${HERE}</th>`}<th scope="col"><span class="unseen">How far away</span></th></tr></thead>
        <tbody>${of.next.map((at) => html`<tr key=${at}><td>${full(at, zone)}</td>${zone !== HERE && html`<td>${full(at)}</td>`}<td class="muted">${distance(at, now())}</td></tr>`)}</tbody></table></section>
      <section><h2>When clocks change</h2>${of.clock_changes.length ? of.clock_changes.map((change) => html`<${Change} of=${change} zone=${zone} dst=${asked.dst} />`) : html`<p class="muted">Clocks in ${asked.timezone} do not change within a year.</p>`}</section>
    </div>
    <${Line} text=${line} />`;
}

function Change({ of, zone, dst }) {
  const clocks = of.shift.startsWith("+") ? "forward" : "back";
  return html`<div class="card"><h3>${full(of.at, zone)}: clocks go ${clocks}, ${of.shift}</h3>
    <dl class="facts">${RULES.map((rule) => html`<div data-chosen=${rule === dst}><dt>${rule}${rule === dst && " (chosen)"}</dt>
      <dd>${of.fires[rule].length ? of.fires[rule].map((at) => full(at, zone).split(", ").at(-1)).join(" · ") : "does not fire around it"}</dd></div>`)}</dl></div>`;
}
