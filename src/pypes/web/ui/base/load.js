// Loading: what a page asks the API for, asked again when something happened that may change the answer.
import { useCallback, useEffect, useRef, useState } from "./html.js";
import { useEvents } from "./stream.js";

/**
 * Gives {data, problem, loading, reload, change}; `ask()` is a promise of the data. With `on`, kinds of events
 * let it ask again, `where(data, kind)` says which ones; at once after `calm` quiet milliseconds, otherwise then.
 * `change(how)` changes what is shown until it is asked again.
 */
export function useLoad(ask, about, { on = [], where = () => true, calm = 1000 } = {}) {
  const [state, setState] = useState({ data: null, problem: null, loading: true });
  const turn = useRef(0);
  const asked = useRef(0);
  const timer = useRef(0);
  const reload = useCallback(async () => {
    const mine = ++turn.current;
    asked.current = Date.now();
    try {
      const data = await ask();
      if (mine === turn.current) setState({ data, problem: null, loading: false });
    } catch (problem) {
      if (mine === turn.current) setState((before) => ({ data: before.data, problem, loading: false }));
    }
  }, about);
  const soon = useCallback(() => {
    if (timer.current) return;
    const wait = Math.max(0, asked.current + calm - Date.now());
    timer.current = setTimeout(() => {
      timer.current = 0;
      reload();
    }, wait);
  }, [reload]);
  useEffect(() => {
    setState((before) => ({ ...before, loading: true }));
    reload();
    return () => {
      turn.current++;
      clearTimeout(timer.current);
      timer.current = 0;
    };
  }, [reload]);
  useEvents(on, (kind, data) => (kind === "resync" || where(data, kind)) && soon());
  const change = (how) => setState((before) => (before.data === null ? before : { ...before, data: how(before.data) }));
  return { ...state, reload, change };
}
