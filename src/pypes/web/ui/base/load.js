// Loading: what a page asks the API for, asked again when something happened that may change the answer.
import { useCallback, useEffect, useRef, useState } from "./html.js";
import { useEvents } from "./stream.js";

const CALM = 1000;

/**
 * Gives {data, problem, loading, reload}; `ask()` is a promise of the data. With `on`, kinds of events let it
 * ask again, `where(data)` says of which ones; at once after a quiet second, otherwise once a second.
 */
export function useLoad(ask, about, { on = [], where = () => true } = {}) {
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
    const wait = Math.max(0, asked.current + CALM - Date.now());
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
  return { ...state, reload };
}
