// Words for states and numbers, the same everywhere.
export const STATES = ["succeeded", "failed", "skipped", "running", "waiting", "cancelled", "unknown"];

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

export const percent = (share) => (share === null ? "–" : `${(Math.floor(share * 1000) / 10).toString()} %`);

/** A reason where there is little room: what differs comes first; the run's own page has the whole of it. */
export const brief = (reason) => reason.replace(/^webhook returned non-success status (\d+):? ?/, "→ $1 ");

/** What became of a run, in a few words. */
export function ending(run) {
  const slots = run.count > 1 ? ` ${run.count} slots` : "";
  if (run.state === "skipped") return `skipped${slots}: ${run.reason}`;
  if (run.state === "succeeded") return lastStatus(run) ? `succeeded, ${lastStatus(run)}` : "succeeded";
  return run.reason ? `${run.state}: ${brief(run.reason)}` : run.state;
}

export const lastStatus = (run) => run.attempts?.at(-1)?.status ?? null;

export function latency(run) {
  const attempt = run.attempts?.at(-1);
  return attempt?.timing?.total ?? (attempt ? Date.parse(attempt.finished) - Date.parse(attempt.started) : null);
}

export function pretty(text) {
  try {
    return JSON.stringify(typeof text === "string" ? JSON.parse(text) : text, null, 2);
  } catch {
    return text;
  }
}
