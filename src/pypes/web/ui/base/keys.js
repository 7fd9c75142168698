// Keys: single ones act on the page unless something is being typed; lists are walked with j and k.
import { useEffect } from "./html.js";

const TYPING = "input, textarea, select, [contenteditable]";

/** `keys` maps a key, as `event.key` names it, to what it does. */
export function useKeys(keys, about) {
  useEffect(() => {
    const press = (event) => {
      if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return;
      const name = event.ctrlKey || event.metaKey ? `mod+${event.key.toLowerCase()}` : event.key;
      if (!keys[name] || (event.target.closest?.(TYPING) && !name.startsWith("mod+"))) return;
      event.preventDefault();
      keys[name](event);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, about);
}

/** Moves the focus to the next or previous row that links somewhere. */
export function walk(step) {
  const links = [...document.querySelectorAll("[data-row]")];
  if (!links.length) return;
  const at = links.findIndex((link) => link === document.activeElement);
  links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))].focus();
}
