// The ledger as a table: one row per slot or request, each a link to its run.
import { html } from "../base/html.js";
import { to } from "../base/route.js";
import { milliseconds, precise, when } from "../base/time.js";
import { brief, latency, lastStatus } from "../base/words.js";
import { State } from "./glyph.js";

export function Ledger({ runs, agent = true, label = "Runs" }) {
  return html`<table class="ledger" aria-label=${label}>
    <thead><tr>
      <th scope="col">Slot</th>
      ${agent && html`<th scope="col">Agent</th>`}
      <th scope="col">State</th>
      <th scope="col" class="wide">What came of it</th>
      <th scope="col" class="number">Late</th>
      <th scope="col" class="number">Took</th>
    </tr></thead>
    <tbody>${runs.map((run) => html`<${Row} key=${run.id} run=${run} agent=${agent} />`)}</tbody>
  </table>`;
}

function Row({ run, agent }) {
  return html`<tr data-state=${run.state}>
    <td><a data-row href=${to("runs", run.id)} title=${precise(run.slot)}>${when(run.slot)}</a>
      ${run.trigger === "manual" && html` <span class="tag">by hand</span>`}
      ${run.trigger === "backfill" && html` <span class="tag">backfill</span>`}</td>
    ${agent && html`<td><a class="quiet" href=${to("agents", run.agent)}>${run.agent}</a></td>`}
    <td><${State} of=${run.state} /></td>
    <td class="wide muted"><span class="clamp" title=${run.reason ?? ""}>${said(run)}</span></td>
    <td class="number" data-label="late">${run.lateness_ms === null ? "–" : milliseconds(run.lateness_ms)}</td>
    <td class="number" data-label="took">${milliseconds(latency(run))}</td>
  </tr>`;
}

function said(run) {
  if (run.count > 1) return `${run.reason} · ${run.count} slots until ${when(run.to)}`;
  if (run.reason) return brief(run.reason);
  const status = lastStatus(run);
  const attempts = run.attempts.length > 1 ? ` · ${run.attempts.length} attempts` : "";
  return status ? `→ ${status}${attempts}` : attempts;
}
