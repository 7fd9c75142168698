// Notices: what was done, with a way back where there is one; what went wrong, in the API's words.
import { cell, useCell } from "../base/cell.js";
import { html } from "../base/html.js";

const LASTS = 8000;
const notices = cell([]);
let number = 0;

export function notify(text, { undo, failed = false } = {}) {
  const notice = { id: ++number, text, undo, failed };
  notices.set([...notices.get().slice(-3), notice]);
  setTimeout(() => dismiss(notice), failed ? 2 * LASTS : LASTS);
}

/** Does something, and says what came of it; gives what it gave, or null when it failed. */
export async function attempt(deed, { done, undo } = {}) {
  try {
    const result = await deed();
    if (done) notify(typeof done === "function" ? done(result) : done, { undo });
    return result ?? true;
  } catch (problem) {
    notify(problem.path ? `${problem.path}: ${problem.message}` : problem.message, { failed: true });
    return null;
  }
}

const dismiss = (notice) => notices.set(notices.get().filter((each) => each.id !== notice.id));

export function Notices() {
  const shown = useCell(notices);
  return html`<div class="notices" role="status" aria-live="polite">
    ${shown.map((notice) => html`<div class="notice" data-failed=${notice.failed} key=${notice.id}>
      <span>${notice.text}</span>
      ${notice.undo && html`<button type="button" class="link" onClick=${() => (dismiss(notice), notice.undo())}>Undo</button>`}
      <button type="button" class="link" aria-label="Dismiss" onClick=${() => dismiss(notice)}>✕</button>
    </div>`)}
  </div>`;
}
