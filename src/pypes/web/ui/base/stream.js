// The one stream of events of this page. It follows the daemon, says when it cannot, and resumes where it was:
// a tab that is hidden lets its connection go, because a browser allows six to one server.
import { signedOut } from "./api.js";
import { cell } from "./cell.js";
import { useEffect, useRef } from "./html.js";

const KINDS = ["run.started", "run.finished", "run.skipped", "agent.changed", "agent.deleted", "lag"];
const SILENCE = 5000;
const AGAIN = 1500;
const HIDDEN = 20000;

export const link = cell("connecting"); // connecting | live | lost
export const pulse = cell(null);
let offset = 0;
let source = null;
let last = "";
let heard = 0;
let retry = 0;
let hiding = 0;
const followers = new Set();

/** The daemon's clock, as far as a page can know it. */
export const now = () => Date.now() + offset;

/** The same as the API reads it; what is claimed ahead of its slot lies behind it. */
export const asOf = () => new Date(now() + 1).toISOString();

export function follow(kinds, tell) {
  const follower = { kinds, tell };
  followers.add(follower);
  return () => followers.delete(follower);
}

/** Calls `tell(kind, data)` for events of these kinds, and for `resync`: then lists are to be read again. */
export function useEvents(kinds, tell) {
  const latest = useRef(tell);
  latest.current = tell;
  useEffect(() => follow(kinds, (kind, data) => latest.current(kind, data)), [kinds.join()]);
}

export function watch() {
  open();
  setInterval(() => source && Date.now() - heard > SILENCE && fail(), 1000);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(close, HIDDEN);
    else if (!source && !retry) open();
  });
  addEventListener("pagehide", close);
  signedOut.follow((out) => (out ? close() : open()));
}

function open() {
  clearTimeout(retry);
  retry = 0;
  close();
  heard = Date.now();
  source = new EventSource(last ? `/events?since=${last}` : "/events");
  source.onerror = fail;
  KINDS.forEach((kind) => source.addEventListener(kind, (event) => hear(kind, event)));
}

function close() {
  source?.close();
  source = null;
}

function fail() {
  close();
  if (signedOut.get()) return;
  link.set("lost");
  clearTimeout(retry);
  retry = setTimeout(open, AGAIN);
  // An event stream does not tell why it was refused; a question does.
  fetch("/readyz").then((answer) => answer.status === 401 && signedOut.set(true), () => {});
}

function hear(kind, event) {
  const data = JSON.parse(event.data);
  last = event.lastEventId || last;
  heard = Date.now();
  const back = link.get() === "lost";
  if (kind === "lag") {
    offset = Date.parse(data.at) - Date.now();
    pulse.set(data);
  }
  if (link.get() !== "live") link.set("live");
  tell(kind, data);
  if (back || data.missed) tell("resync", null);
}

function tell(kind, data) {
  followers.forEach((each) => (kind === "resync" || each.kinds.includes(kind)) && each.tell(kind, data));
}
