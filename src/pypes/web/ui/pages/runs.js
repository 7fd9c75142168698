// Runs: the ledger of all agents, filtered, live while its newest page is shown.
import { get } from "../base/api.js";
import { html, useEffect, useState } from "../base/html.js";
import { useLoad } from "../base/load.js";
import { requery } from "../base/route.js";
import { asOf } from "../base/stream.js";
import { full } from "../base/time.js";
import { STATES } from "../base/words.js";
import { Empty, base } from "../parts/empty.js";
import { Ledger } from "../parts/ledger.js";
import { Loaded, Trouble } from "../parts/problem.js";

const TRIGGERS = ["cron", "every", "at", "reboot", "input", "manual", "backfill", "on_failure"];

export function Runs({ query }) {
  const [pages, setPages] = useState([null]);
  const [held, setHeld] = useState(false);
  const { agent = "", state = "", trigger = "", since = "", until = "" } = query;
  const cursor = pages.at(-1);
  const runs = useLoad(
    () => get("/runs", { agent, state, trigger, since, until: until || asOf(), cursor, limit: 50 }),
    [agent, state, trigger, since, until, cursor],
    { on: ["run.started", "run.finished", "run.skipped", "lag"], where: (data) => !held && !cursor && data.each !== true },
  );
  useEffect(() => setPages([null]), [agent, state, trigger, since, until]);
  return html`<div class="title"><h1>Runs</h1>
      <button type="button" aria-pressed=${held} onClick=${() => setHeld(!held)}>${held ? "Go on" : "Hold"}</button></div>
    <div class="tools">
      <label class="grow"><span class="unseen">Agent</span><input type="search" placeholder="Agent, its whole name" value=${agent} onChange=${(event) => requery({ agent: event.target.value })} /></label>
      <${Choice} word="State" name="state" value=${state} of=${STATES} />
      <${Choice} word="Trigger" name="trigger" value=${trigger} of=${TRIGGERS} />
    </div>
    ${(since || until) && html`<p>${since && `From ${full(since)} `}${until && `until ${full(until)} `}<button type="button" class="small" onClick=${() => requery({ since: "", until: "" })}>Any time</button></p>`}
    ${runs.problem && runs.data && html`<${Trouble} problem=${runs.problem} />`}
    <${Loaded} of=${runs}>${({ items, next }) => html`
      ${items.length ? html`<${Ledger} runs=${items} />` : html`<${Empty} title="No such runs" lines=${["pypes runs", `curl '${base()}/runs?limit=5'`]}><p>Nothing in the ledger matches.</p><//>`}
      <div class="buttons">
        ${pages.length > 1 && html`<button type="button" onClick=${() => setPages(pages.slice(0, -1))}>Newer</button>`}
        ${next && html`<button type="button" onClick=${() => setPages([...pages, next])}>Older</button>`}
      </div>`}
    <//>`;
}

function Choice({ word, name, value, of }) {
  return html`<label>${word} <select value=${value} onChange=${(event) => requery({ [name]: event.target.value })}>
    <option value="">any</option>${of.map((each) => html`<option value=${each} selected=${each === value}>${each}</option>`)}</select></label>`;
}
