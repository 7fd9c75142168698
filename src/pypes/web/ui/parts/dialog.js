// Questions before something happens: the title names the deed, the text says what will come of it.
import { cell, useCell } from "../base/cell.js";
import { html, useEffect, useRef } from "../base/html.js";

const question = cell(null);

/** Resolves to true when the deed is confirmed: `await ask({title, text, verb, grave})`. */
export const ask = (asked) => new Promise((answer) => question.set({ ...asked, answer }));

export function Asking() {
  const asked = useCell(question);
  const close = (said) => {
    asked.answer(said);
    question.set(null);
  };
  return asked && html`<${Dialog} title=${asked.title} onClose=${() => close(false)}>
    ${asked.text && html`<p>${asked.text}</p>`}
    ${asked.details && html`<ul class="plain">${asked.details.map((line) => html`<li>${line}</li>`)}</ul>`}
    <div class="buttons end">
      <button type="button" onClick=${() => close(false)}>Leave it</button>
      <button type="button" class=${asked.grave ? "grave" : "main"} autofocus onClick=${() => close(true)}>${asked.verb}</button>
    </div>
  <//>`;
}

/** A native dialog: it holds the focus, and Escape closes it. */
export function Dialog({ title, onClose, wide, children }) {
  const element = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current.showModal();
    return () => before?.focus?.();
  }, []);
  const outside = (event) => event.target === element.current && onClose();
  return html`<dialog ref=${element} class=${wide ? "wide" : ""} aria-label=${title} onCancel=${onClose} onClick=${outside}>
    <div class="inside"><h2>${title}</h2>${children}</div>
  </dialog>`;
}
