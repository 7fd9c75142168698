// Deeds on one agent that are the same wherever they are offered, each with its way back.
import { agentPath, call, get, post } from "../base/api.js";
import { count } from "../base/words.js";
import { ask } from "./dialog.js";
import { attempt } from "./notice.js";

/** Pauses, or resumes, all triggers of an agent, or one of them. */
export async function switchPause(name, paused, changed, action) {
  const body = action === undefined ? {} : { action };
  const [path, word, back] = paused ? ["/resume", "resumed", "/pause"] : ["/pause", "paused", "/resume"];
  const undo = () => attempt(() => post(agentPath(name, back), body)).then(changed);
  await attempt(() => post(agentPath(name, path), body), { done: `${name} is ${word}`, undo });
  changed();
}

/** Fires what an agent does, once, and says what came of it. */
export async function fireNow(name, action, what) {
  const one = action !== undefined;
  if (!(await ask({ title: `Fire ${name} now`, text: one ? "This is done once, now. The cadence does not move." : "Everything the agent does is done once, now. Its cadence does not move.", details: what, verb: "Fire now" }))) return;
  const query = one ? `?fire=true&action=${action}` : "?fire=true";
  await attempt(() => post(agentPath(name, `/run${query}`)), { done: told });
}

function told(outcomes) {
  const failed = outcomes.filter(({ ok }) => ok === false);
  if (failed.length) throw new Error(failed.map(({ action, error }) => `action ${action}: ${error}`).join("; "));
  const done = outcomes.filter(({ ok }) => ok);
  return done.length ? `${count(done.length, "action")} done: ${done.map(({ type, status }) => `${type} → ${status ?? "ok"}`).join(", ")}` : "there was nothing to do";
}

/** Removes an agent; the way back is to post again what it was, inputs included. */
export async function remove(name, gone) {
  const text = "Its inputs and schedules go with it. Its runs stay in the ledger, under its name.";
  if (!(await ask({ title: `Delete ${name}`, text, verb: "Delete", grave: true }))) return;
  const before = await attempt(() => get(agentPath(name)));
  if (!before) return;
  const undo = () => attempt(() => post("/agents", before), { done: `${name} is back; its schedules start anew` });
  if (await attempt(() => call("DELETE", agentPath(name)), { done: `${name} is deleted`, undo })) gone();
}
