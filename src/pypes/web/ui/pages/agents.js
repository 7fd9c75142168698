// Agents: all of them, page by page; searched, sorted, and acted on many at once.
import { agentPath, get, post } from "../base/api.js";
import { html, useEffect, useState } from "../base/html.js";
import { useLoad } from "../base/load.js";
import { requery, to } from "../base/route.js";
import { now, useEvents } from "../base/stream.js";
import { count } from "../base/words.js";
import { Outcomes } from "../parts/bars.js";
import { Countdown } from "../parts/countdown.js";
import { ask } from "../parts/dialog.js";
import { Empty, base } from "../parts/empty.js";
import { State } from "../parts/glyph.js";
import { attempt, notify } from "../parts/notice.js";
import { Loaded } from "../parts/problem.js";
import { switchPause } from "../parts/switching.js";

const SORTS = [["", "name"], ["next", "fires next"], ["changed", "changed last"]];
const STATES = [["", "all"], ["paused", "with a paused trigger"], ["finished", "with a finished trigger"]];
const HAND = 4;

export function Agents({ query }) {
  const [search, setSearch] = useState(query.search ?? "");
  const [pages, setPages] = useState([null]); // the cursors of the pages up to this one
  const [chosen, setChosen] = useState(new Set());
  const cursor = pages.at(-1);
  const { sort = "", state = "" } = query;
  const listed = useLoad(() => get("/roster", { search, sort: sort || "name", state, cursor, limit: 50 }), [search, sort, state, cursor], {
    on: ["agent.changed", "agent.deleted", "lag"],
    where: (data, kind) => kind !== "lag" || listed.data?.items.some(({ next }) => next && Date.parse(next) < now() - 500),
    calm: 3000,
  });
  useEvents(["run.finished", "run.skipped", "run.started", "agent.changed"], (kind, data) => data && listed.change((page) => updated(page, kind, data)));
  useEffect(() => {
    setPages([null]);
    setChosen(new Set());
  }, [search, sort, state]);
  const find = (event) => {
    setSearch(event.target.value);
    requery({ search: event.target.value });
  };
  return html`
    <div class="title"><h1>Agents</h1><a class="button main" href="#/new">New agent</a></div>
    <div class="tools">
      <label class="grow"><span class="unseen">Search by name</span>
        <input type="search" placeholder="Search by name" value=${search} onInput=${find} /></label>
      <label>Sort <select value=${sort} disabled=${Boolean(state)} onChange=${(event) => requery({ sort: event.target.value })}>
        ${SORTS.map(([value, word]) => html`<option value=${value} selected=${value === sort}>${word}</option>`)}</select></label>
      <label>Show <select value=${state} onChange=${(event) => requery({ state: event.target.value })}>
        ${STATES.map(([value, word]) => html`<option value=${value} selected=${value === state}>${word}</option>`)}</select></label>
    </div>
    <${Loaded} of=${listed}>${({ items, next }) => html`
      ${chosen.size > 0 && html`<${Bulk} names=${[...chosen]} over=${() => (setChosen(new Set()), listed.reload())} />`}
      ${items.length ? html`<${Table} items=${items} chosen=${chosen} setChosen=${setChosen} changed=${listed.reload} />` : html`<${None} searched=${search || state} />`}
      <div class="buttons">
        ${pages.length > 1 && html`<button type="button" onClick=${() => setPages(pages.slice(0, -1))}>Back</button>`}
        ${next && html`<button type="button" onClick=${() => setPages([...pages, next])}>More</button>`}
      </div>`}
    <//>`;
}

/** What an event says of an agent is shown at once; only what it does not say is asked for again. */
function updated(page, kind, data) {
  const items = page.items.map((agent) => {
    if (kind === "agent.changed") return agent.name === data.name ? data : agent;
    return agent.name === data.agent ? { ...agent, outcomes: withRun(agent.outcomes, data) } : agent;
  });
  return { ...page, items };
}

function withRun(outcomes, { id, state, slot, count, started, finished }) {
  const took = started && finished ? Date.parse(finished) - Date.parse(started) : null;
  const past = { id, state, slot, count: count ?? 1, latency_ms: took };
  return [past, ...outcomes.filter((run) => run.id !== id)].sort((one, other) => (one.id < other.id ? 1 : -1)).slice(0, 20);
}

function Table({ items, chosen, setChosen, changed }) {
  const choose = (names, on) => {
    const after = new Set(chosen);
    names.forEach((name) => (on ? after.add(name) : after.delete(name)));
    setChosen(after);
  };
  const all = items.every(({ name }) => chosen.has(name));
  return html`<table class="agents" aria-label="Agents">
    <thead><tr>
      <th scope="col" class="check"><input type="checkbox" aria-label="Choose all on this page" checked=${all} onChange=${() => choose(items.map(({ name }) => name), !all)} /></th>
      <th scope="col">Agent</th><th scope="col">State</th><th scope="col">When</th><th scope="col">Next fire</th><th scope="col">Last 20</th><th scope="col"><span class="unseen">Pause or resume</span></th>
    </tr></thead>
    <tbody>${items.map((agent) => html`<tr key=${agent.name}>
      <td class="check"><input type="checkbox" aria-label=${`Choose ${agent.name}`} checked=${chosen.has(agent.name)} onChange=${(event) => choose([agent.name], event.target.checked)} /></td>
      <td class="name"><a data-row title=${agent.name} href=${to("agents", agent.name)}>${agent.name}</a>
        ${agent.created_by && html`<span class="muted">created by ${agent.created_by}</span>`}</td>
      <td><${State} of=${agent.state} word=${agent.state === "active" && agent.paused ? `active, ${agent.paused} paused` : agent.state} /></td>
      <td class="when">${agent.text ?? "by hand only"} ${agent.timezone && agent.timezone !== "UTC" && html`<span class="muted">${agent.timezone}</span>`}
        ${agent.triggers > 1 && html` <span class="tag">+${agent.triggers - 1}</span>`}</td>
      <td><${Countdown} to=${agent.next} /></td>
      <td class="bars"><${Outcomes} of=${agent.outcomes} /></td>
      <td class="act">${["active", "paused"].includes(agent.state) && html`
        <button type="button" class="small" onClick=${() => switchPause(agent.name, agent.state === "paused", changed)}
          aria-label=${`${agent.state === "paused" ? "Resume" : "Pause"} ${agent.name}`}>${agent.state === "paused" ? "Resume" : "Pause"}</button>`}</td>
    </tr>`)}</tbody>
  </table>`;
}

const DEEDS = {
  pause: { verb: "Pause", text: "Their slots are recorded as skipped until they are resumed.", path: "/pause", back: "/resume" },
  resume: { verb: "Resume", text: "They fire again from their next slot on; what was missed meanwhile is recorded as skipped.", path: "/resume", back: "/pause" },
  run: { verb: "Fire now", text: "What their triggers wrap is done once, now. Their cadence does not move.", path: "/run?fire=true" },
};

function Bulk({ names, over }) {
  const act = async ({ verb, text, path, back }) => {
    const details = names.length > 8 ? [...names.slice(0, 8), `and ${names.length - 8} more`] : names;
    if (!(await ask({ title: `${verb}: ${count(names.length, "agent")}`, text, details, verb }))) return;
    const done = await each(names, path);
    const undo = back && (async () => (await each(done, back), over()));
    if (done.length) notify(`${verb}: ${count(done.length, "agent")}`, { undo });
    over();
  };
  return html`<div class="bulk" role="toolbar" aria-label="What to do with the chosen agents">
    <b>${count(names.length, "agent")} chosen</b>
    ${Object.values(DEEDS).map((deed) => html`<button type="button" onClick=${() => act(deed)}>${deed.verb}</button>`)}
  </div>`;
}

/** Posts for each agent, a few at a time; the names of those for which it worked. */
async function each(names, path) {
  const left = [...names];
  const done = [];
  const hand = async () => {
    while (left.length) {
      const name = left.shift();
      if (await attempt(() => post(agentPath(name, path)))) done.push(name);
    }
  };
  await Promise.all(Array.from({ length: HAND }, hand));
  return done;
}

function None({ searched }) {
  if (searched) return html`<${Empty} title="No such agents"><p>Nothing matches what is searched for.</p><//>`;
  return html`<${Empty} title="No agents yet" lines=${["pypes add agent echo", `curl ${base()}/agents`]}><p>Make one with “New agent”, or with a line like these:</p><//>`;
}
