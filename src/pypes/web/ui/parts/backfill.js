// A backfill: the slots of a past range, each run once; what would run is counted before anything does.
import { agentPath, post } from "../base/api.js";
import { html, useEffect, useState } from "../base/html.js";
import { now } from "../base/stream.js";
import { full } from "../base/time.js";
import { count } from "../base/words.js";
import { Dialog } from "./dialog.js";
import { attempt } from "./notice.js";

const DAY = 864e5;

export function Backfill({ agent, schedule, onClose }) {
  const [from, setFrom] = useState(local(now() - DAY));
  const [to, setTo] = useState(local(now()));
  const [said, setSaid] = useState(null);
  const body = (dry_run) => ({ action: schedule.action, from: instant(from), to: instant(to), dry_run });
  useEffect(() => {
    let current = true;
    setSaid(null);
    if (from && to) post(agentPath(agent, "/backfill"), body(true)).then(({ slots }) => current && setSaid({ slots }), (problem) => current && setSaid({ problem }));
    return () => (current = false);
  }, [from, to]);
  const run = async () => {
    const done = ({ records_created: made }) => (made ? `${count(made, "run")} made, one after the other` : "all of them had run before");
    if (await attempt(() => post(agentPath(agent, "/backfill"), body(false)), { done })) onClose();
  };
  const field = (word, value, set) => html`<label>${word} <input type="datetime-local" step="1" value=${value} onInput=${(event) => set(event.target.value)} /></label>`;
  return html`<${Dialog} title=${`Backfill ${agent}`} onClose=${onClose}>
    <p>Each slot of <b>${schedule.text}</b> in this range runs now, in order, with its own time. A slot that was backfilled before does not run again.</p>
    <div class="tools preview">${field("From", from, setFrom)}${field("To", to, setTo)}</div>
    <p aria-live="polite">${said?.problem ? html`<span class="wrong">${said.problem.message}</span>` : said ? range(said.slots) : "Counting …"}</p>
    <div class="buttons end">
      <button type="button" onClick=${onClose}>Leave it</button>
      <button type="button" class="main" disabled=${!said?.slots?.length} onClick=${run}>Run ${said?.slots?.length ? count(said.slots.length, "slot") : "them"}</button>
    </div>
  <//>`;
}

const range = (slots) => (slots.length ? `${count(slots.length, "slot")}: ${full(slots[0])} to ${full(slots.at(-1))}` : "No slot lies in this range.");

/** A moment as the browser's own field takes it, in its zone, to the second. */
const local = (moment) => new Date(moment - new Date(moment).getTimezoneOffset() * 6e4).toISOString().slice(0, 19);
const instant = (text) => new Date(text).toISOString();
