// A text that is JSON for the API, checked by the API itself while it is typed: the same words as when it is saved.
import { post } from "../base/api.js";
import { html, useEffect, useId, useRef, useState } from "../base/html.js";
import { full } from "../base/time.js";
import { Glyph } from "./glyph.js";

const PAUSE = 250;

/** `body(value)` is the agent that is checked; `onState({text, ok})` hears of each check; `calm` shows no mistake yet. */
export function Editor({ label, text, body, onState, calm = false }) {
  const [value, setValue] = useState(text);
  const [verdict, setVerdict] = useState(null);
  const turn = useRef(0);
  const id = useId();
  useEffect(() => setValue(text), [text]);
  useEffect(() => {
    const mine = ++turn.current;
    onState({ text: value, ok: false });
    const timer = setTimeout(async () => {
      const found = await check(value, body);
      if (mine !== turn.current) return;
      setVerdict(found);
      onState({ text: value, ok: found.ok });
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return html`<div class="editor">
    <textarea aria-label=${label} aria-describedby=${id} aria-invalid=${verdict?.ok === false && !calm} spellcheck="false" rows=${Math.min(24, value.split("\n").length + 1)}
      value=${value} onInput=${(event) => setValue(event.target.value)}></textarea>
    <div id=${id} class="verdict" role="status" aria-live="polite" data-good=${verdict?.ok}>${verdict && !(calm && !verdict.ok) && html`<${Verdict} of=${verdict} />`}</div>
  </div>`;
}

function Verdict({ of }) {
  if (!of.ok) return html`<p><${Glyph} state="failed" />${of.path && html`<code>${of.path}</code> `}${of.message}</p>`;
  return html`${of.actions.map((action) => html`<p><${Glyph} state=${action.type === "unrecognized" ? "unknown" : "succeeded"} />
    ${action.type === "unrecognized" ? "a label: kept, never executed" : action.text ?? `${action.type}, by hand`}${action.next && html`, next ${full(action.next)}`}</p>`)}
    ${of.warnings.map((warning) => html`<p><${Glyph} state="lost" />${warning}</p>`)}`;
}

async function check(text, body) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, message: `not JSON: ${error.message}` };
  }
  try {
    return { ok: true, ...(await post("/check", body(value))) };
  } catch (problem) {
    return { ok: false, message: problem.message, path: problem.path };
  }
}
