// Timeline: a day behind and a day ahead, over all agents, and one lane for each of those that fire next.
import { get } from "../base/api.js";
import { html } from "../base/html.js";
import { useLoad } from "../base/load.js";
import { go, to } from "../base/route.js";
import { clock, date } from "../base/time.js";
import { count } from "../base/words.js";
import { Empty } from "../parts/empty.js";
import { State } from "../parts/glyph.js";
import { Loaded } from "../parts/problem.js";
import { ORDER, Strip, around, inWords, tip, total } from "../parts/strip.js";

const BUCKETS = 96;
const LANES = 24;
const EVERY = 12;

export function Timeline() {
  const line = useLoad(() => get("/timeline", around(BUCKETS)), [], { on: ["lag", "agent.changed", "agent.deleted"], calm: 30000 });
  const agents = useLoad(() => get("/roster", { sort: "next", limit: LANES }), [], { on: ["agent.changed", "agent.deleted"] });
  return html`<h1>Timeline</h1>
    <p class="muted">A day behind and a day ahead; one bar is half an hour.</p>
    <${Loaded} of=${line}>${(data) => html`
      <${Chart} of=${data} />
      ${!data.complete && html`<p class="muted">There are so many triggers that not all were asked what is to come.</p>`}`}
    <//>
    <h2>Firing next</h2>
    <${Loaded} of=${agents}>${({ items }) =>
      items.length
        ? html`<table class="lanes" aria-label="Agents over time"><thead class="unseen"><tr><th scope="col">Agent</th><th scope="col">A day behind and a day ahead</th></tr></thead>
          <tbody>${items.map(({ name }) => html`<tr key=${name}><th scope="row"><a data-row href=${to("agents", name)}>${name}</a></th><td><${Strip} agent=${name} buckets=${BUCKETS} /></td></tr>`)}</tbody></table>`
        : html`<${Empty} title="Nothing is to come" lines=${["pypes ls"]}><p>No trigger is active.</p><//>`}
    <//>`;
}

function Chart({ of }) {
  const sums = of.buckets.map(({ slots }) => Object.values(slots).reduce((sum, n) => sum + n, 0));
  const top = Math.max(1, ...sums);
  const open = (bucket, index) => {
    const end = of.buckets[index + 1]?.start ?? of.to;
    if (bucket.start < of.now) go(`${to("runs")}?since=${bucket.start}&until=${end}`);
  };
  return html`<figure class="chart">
    <figcaption>${Object.entries(total(of.buckets)).sort(([one], [other]) => ORDER.indexOf(one) - ORDER.indexOf(other)).map(([state, n]) => html`<span class="legend" data-state=${state}><i></i>${n.toLocaleString("en")} <${Word} of=${state} /></span>`)}</figcaption>
    <div class="bars" role="img" aria-label=${`${count(of.buckets.length, "stretch", "stretches")} of half an hour: ${inWords(of)}`}>
      ${of.buckets.map((bucket, index) => html`<div class="bar" data-now=${isNow(of, index)} title=${tip(bucket)} onClick=${() => open(bucket, index)}>
        ${ORDER.filter((state) => bucket.slots[state]).map((state) => html`<i data-state=${state} style=${{ height: `${Math.max(2, height(bucket.slots[state], sums[index], top))}%` }}></i>`)}
      </div>`)}
    </div>
    <div class="axis" aria-hidden="true">${of.buckets.filter((_, index) => index % EVERY === 0).map(({ start }) => html`<span>${clock(start).slice(0, 5)}<br /><small>${date(start)}</small></span>`)}</div>
  </figure>`;
}

const Word = ({ of }) => (of === "planned" ? html`planned` : html`<${State} of=${of} />`);

/** Crowded stretches would make all others vanish: heights grow with the square root. */
const height = (part, sum, top) => (Math.sqrt(sum / top) * 100 * part) / sum;

const isNow = ({ buckets, now, to: end }, index) => buckets[index].start <= now && now < (buckets[index + 1]?.start ?? end);
