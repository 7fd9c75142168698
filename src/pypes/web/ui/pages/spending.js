// Spending: what models have used, day by day and agent by agent.
import { get } from "../base/api.js";
import { html } from "../base/html.js";
import { useLoad } from "../base/load.js";
import { requery, to } from "../base/route.js";
import { count } from "../base/words.js";
import { Empty } from "../parts/empty.js";
import { Loaded } from "../parts/problem.js";

const SPANS = { 1: "Today", 7: "7 days", 30: "30 days" };

export function Spending({ query }) {
  const days = SPANS[query.days] ? query.days : "7";
  const spending = useLoad(() => get("/spending", { days }), [days], { on: ["run.finished"], calm: 2000 });
  return html`<div class="title"><h1>Spending</h1>
      <div class="buttons" role="group" aria-label="How far back">${Object.entries(SPANS).map(([value, word]) => html`
        <button type="button" class="small" aria-pressed=${value === days} onClick=${() => requery({ days: value })}>${word}</button>`)}</div></div>
    <p class="muted">What models have used, in days of UTC. A price that is not known counts as nothing here, and is told in each run.</p>
    <${Loaded} of=${spending}>${({ items }) => (items.length ? byDay(items).map(Day) : html`<${Empty} title="Nothing was spent" lines=${["pip install 'pypes[llm]'"]}>
      <p>Tokens and money stand here as soon as an action of type <code>llm</code> has asked a model.</p><//>`)}
    <//>`;
}

/** Each day with its total and its agents, the dearest first. */
function byDay(items) {
  const days = new Map();
  for (const item of items) {
    if (!days.has(item.day)) days.set(item.day, { day: item.day, total: null, agents: [] });
    if (item.all) days.get(item.day).total = item;
    else days.get(item.day).agents.push(item);
  }
  const dearest = (one, other) => other.usd - one.usd || other.tokens - one.tokens;
  return [...days.values()].map((day) => ({ ...day, agents: day.agents.sort(dearest) }));
}

function Day({ day, total, agents }) {
  return html`<section key=${day}><h2>${day} ${total && html`<small class="muted">${usd(total.usd)}, ${count(total.tokens, "token")}</small>`}</h2>
    <table class="spending" aria-label=${`Spending of ${day}`}>
      <thead><tr><th scope="col">Agent</th><th scope="col" class="number">USD</th><th scope="col" class="number">Tokens</th><th scope="col" class="number">Held by questions under way</th></tr></thead>
      <tbody>${agents.map((item) => html`<tr key=${item.agent}>
        <td class="name">${item.agent === null ? html`<span class="muted">agents that are gone</span>` : html`<a data-row href=${to("agents", item.agent)}>${item.agent}</a>`}</td>
        <td class="number">${usd(item.usd)}</td>
        <td class="number">${item.tokens.toLocaleString("en")}</td>
        <td class="number">${item.held_tokens ? `${count(item.held_tokens, "token")}, ${usd(item.held_usd)}` : "–"}</td></tr>`)}
      </tbody></table></section>`;
}

/** Money to the cent, or to the first two figures that are not zero. */
const usd = (amount) => `$${amount && amount < 0.01 ? Number(amount.toPrecision(2)).toString() : amount.toFixed(2)}`;
