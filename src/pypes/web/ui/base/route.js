// Routes live behind the #: the page is one file, deep links and the back button work, the API keeps its paths.
import { useEffect, useState } from "./html.js";

export function here() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").filter(Boolean).map(decode), query: Object.fromEntries(new URLSearchParams(query)) };
}

export function useRoute() {
  const [route, setRoute] = useState(here());
  useEffect(() => {
    const change = () => setRoute(here());
    addEventListener("hashchange", change);
    return () => removeEventListener("hashchange", change);
  }, []);
  return route;
}

export const to = (...parts) => `#/${parts.map(encodeURIComponent).join("/")}`;
export const go = (hash) => (location.hash = hash);

/** Changes the query of the current route without a new entry in the history. */
export function requery(changes) {
  const { parts, query } = here();
  const given = Object.entries({ ...query, ...changes }).filter(([, value]) => value);
  const hash = to(...parts) + (given.length ? `?${new URLSearchParams(given)}` : "");
  history.replaceState(null, "", hash);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
