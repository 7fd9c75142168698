// A replay: the same action once more, with a payload that may be edited first; the old run stays as it is.
import { post, runPath } from "../base/api.js";
import { html, useState } from "../base/html.js";
import { Dialog } from "./dialog.js";
import { attempt } from "./notice.js";

export function Replay({ run, payload, onClose, done }) {
  const [text, setText] = useState(JSON.stringify(payload, null, 2));
  const wrong = mistake(text);
  const send = async () => {
    const made = await attempt(() => post(runPath(run.id, "/retry"), { payload: JSON.parse(text) }), { done: "A new run was made" });
    if (made) onClose(), done(made);
  };
  return html`<${Dialog} title=${`Replay a run of ${run.agent}`} onClose=${onClose} wide>
    <p>A new run by hand sends this payload now. The run you look at stays as it is.</p>
    <textarea aria-label="Payload" rows="10" spellcheck="false" autofocus aria-invalid=${Boolean(wrong)} value=${text} onInput=${(event) => setText(event.target.value)}></textarea>
    ${wrong && html`<p role="alert" class="wrong">${wrong}</p>`}
    <div class="buttons end">
      <button type="button" onClick=${onClose}>Leave it</button>
      <button type="button" class="main" disabled=${Boolean(wrong)} onClick=${send}>Send it</button>
    </div>
  <//>`;
}

function mistake(text) {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return `not JSON: ${error.message}`;
  }
}
