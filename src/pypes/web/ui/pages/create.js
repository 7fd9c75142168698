// A new agent: a few fields make the JSON, which can also be written by hand; it is checked as it grows.
import { get, agentPath, post } from "../base/api.js";
import { html, useEffect, useState } from "../base/html.js";
import { go, to } from "../base/route.js";
import { Editor } from "../parts/editor.js";
import { attempt } from "../parts/notice.js";
import { Line } from "../parts/copy.js";
import { base } from "../parts/empty.js";

const KINDS = { every: "Every so often", cron: "By a cron expression", at: "Once", hand: "By hand only" };
const FIELDS = { every: ["interval", "Interval", "10m"], cron: ["expression", "Expression", "0 9 * * MON-FRI"], at: ["time", "Time", ""] };

export function Create({ query }) {
  const [name, setName] = useState(query.name ?? "");
  const [kind, setKind] = useState("every");
  const [fields, setFields] = useState({ interval: "10m", expression: "0 9 * * MON-FRI", time: soon(), url: "", payload: "{}", timezone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  const [state, setState] = useState({ text: "[]", ok: false });
  const [text, setText] = useState("[]");
  const [taken, setTaken] = useState(false);
  useEffect(() => setText(JSON.stringify([action(kind, fields)], null, 2)), [kind, fields]);
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      if (name.trim()) get(agentPath(name)).then(() => current && setTaken(true), () => current && setTaken(false));
    }, 250);
    setTaken(false);
    return () => ((current = false), clearTimeout(timer));
  }, [name]);
  const set = (field) => (event) => setFields({ ...fields, [field]: event.target.value });
  const save = async (event) => {
    event.preventDefault();
    if (await attempt(() => post("/agents", { name, inputs: [], actions: JSON.parse(state.text) }), { done: `${name} is live` })) go(to("agents", name));
  };
  const ready = name.trim() && state.ok && !taken;
  return html`<h1>New agent</h1>
    <form class="columns create" onSubmit=${save}>
      <section>
        <label>Name <input value=${name} onInput=${(event) => setName(event.target.value)} required autocomplete="off" spellcheck="false" aria-invalid=${taken} aria-describedby="taken" /></label>
        <p id="taken" role="status" class="wrong">${taken ? `There is an agent ${name} already: open it to change it.` : ""}</p>
        <fieldset><legend>When</legend>${Object.entries(KINDS).map(([value, word]) => html`<label class="choice"><input type="radio" name="kind" value=${value} checked=${kind === value} onChange=${() => setKind(value)} />${word}</label>`)}</fieldset>
        ${FIELDS[kind] && html`<label>${FIELDS[kind][1]} <input class="mono" value=${fields[FIELDS[kind][0]]} onInput=${set(FIELDS[kind][0])} spellcheck="false" /></label>`}
        ${kind === "cron" && html`<label>Time zone <input value=${fields.timezone} onInput=${set("timezone")} /></label>`}
        <label>Post to <input type="url" class="mono" placeholder="https://example.com/hook" value=${fields.url} onInput=${set("url")} /></label>
        <label>Payload, as JSON <textarea rows="3" spellcheck="false" value=${fields.payload} onInput=${set("payload")}></textarea></label>
      </section>
      <section>
        <h2>Its actions</h2>
        <${Editor} label="Actions as JSON" text=${text} body=${(actions) => ({ name: name.trim() || "new", actions })} onState=${setState} calm=${!fields.url} />
        <p class="buttons"><button class="main" disabled=${!ready}>Create</button><span class="muted">It is live at once.</span></p>
        ${ready && html`<p class="muted">The same from a terminal:</p><${Line} text=${`curl -X POST ${base()}/agents -H 'Content-Type: application/json' -d '${oneLine(name, state.text)}'`} />`}
      </section>
    </form>`;
}

function action(kind, fields) {
  const step = { type: "webhook", url: fields.url, ...payload(fields.payload) };
  if (kind === "hand") return step;
  const [field] = FIELDS[kind];
  const zone = kind === "cron" && fields.timezone !== "UTC" ? { timezone: fields.timezone } : {};
  return { type: kind, [field]: fields[field], ...zone, action: step };
}

function payload(text) {
  if (!text.trim() || text.trim() === "{}") return {};
  try {
    return { payload: JSON.parse(text) };
  } catch {
    return { payload: text };
  }
}

const oneLine = (name, text) => JSON.stringify({ name, actions: JSON.parse(text) }).replaceAll("'", "'\\''");

const soon = () => new Date(Math.ceil(Date.now() / 36e5 + 1) * 36e5).toISOString().replace(".000", "");
