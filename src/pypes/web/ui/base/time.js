// Time, in words: durations, distances, and moments in a zone.
import { useEffect, useRef, useState } from "./html.js";
import { now } from "./stream.js";

export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The daemon's time, told again every so many milliseconds. */
export function useNow(every = 1000) {
  const [moment, setMoment] = useState(now());
  useEffect(() => {
    const timer = setInterval(() => setMoment(now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return moment;
}

/** Does something again and again, while the page is seen. */
export function useEvery(ms, deed) {
  const latest = useRef(deed);
  latest.current = deed;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || latest.current(), ms);
    return () => clearInterval(timer);
  }, [ms]);
}

export function milliseconds(value) {
  if (value === null || value === undefined) return "–";
  if (value < 10) return `${value.toFixed(1)} ms`;
  if (value < 1000) return `${Math.round(value)} ms`;
  return span(value);
}

/** A length of time in its two largest units. */
export function span(ms) {
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 10 && seconds % 1 >= 0.1) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const units = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  const [name, size] = units[first];
  const [minor, smaller] = units[first + 1] ?? [];
  const rest = smaller ? Math.floor((seconds % size) / smaller) : 0;
  return `${Math.floor(seconds / size)} ${name}${rest ? ` ${rest} ${minor}` : ""}`;
}

export function distance(moment, from) {
  const ms = Date.parse(moment) - from;
  if (Math.abs(ms) < 1000) return "now";
  return ms > 0 ? `in ${span(Math.floor(ms / 1000) * 1000)}` : `${span(Math.floor(-ms / 1000) * 1000)} ago`;
}

const formats = new Map();

function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  return formats.get(key);
}

const DATE = { weekday: "short", day: "numeric", month: "short" };
const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };

export const clock = (moment, zone = HERE) => format(zone, CLOCK).format(new Date(moment));
export const date = (moment, zone = HERE) => format(zone, DATE).format(new Date(moment));
export const full = (moment, zone = HERE) => `${date(moment, zone)}, ${clock(moment, zone)}`;
export const precise = (moment) => moment.replace("T", " ").replace("Z", " UTC");

/** The clock, and the day where it is not today's. */
export function when(moment, zone = HERE) {
  const today = date(now(), zone) === date(moment, zone);
  return today ? clock(moment, zone) : full(moment, zone);
}

/** A zone's own name, or the machine's for `local`, which a browser does not know. */
export const zoneOf = (name) => (name === "local" ? HERE : name);
