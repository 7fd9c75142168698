// The public HTTP API, as any other client uses it. What goes wrong is a Problem in the API's own words.
import { cell } from "./cell.js";

export const signedOut = cell(false);

export class Problem extends Error {
  constructor(status, said) {
    super(said.detail);
    this.status = status;
    this.path = said.path ?? null;
  }
}

const UNREACHABLE = { detail: "pypes does not answer. If it is not running, `pypes start` brings it back." };

export async function call(method, path, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: text, credentials: "same-origin" });
  } catch {
    throw new Problem(0, UNREACHABLE);
  }
  const said = await answer.text();
  if (answer.ok) return said ? JSON.parse(said) : null;
  if (answer.status === 401 && path !== "/login") signedOut.set(true);
  throw new Problem(answer.status, read(said, answer));
}

export const get = (path, query) => call("GET", path + asQuery(query));
export const post = (path, body) => call("POST", path, body);

export function asQuery(query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

export const agentPath = (name, rest = "") => `/agents/${encodeURIComponent(name)}${rest}`;
export const runPath = (id, rest = "") => `/runs/${encodeURIComponent(id)}${rest}`;

function read(said, answer) {
  try {
    const problem = JSON.parse(said);
    return { detail: problem.detail ?? problem.title ?? said, path: problem.path };
  } catch {
    return { detail: `${answer.status} ${answer.statusText}` };
  }
}
