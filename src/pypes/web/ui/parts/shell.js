// The frame of every page: where one can go, whether the page is live, and the keys that work everywhere.
import { useCell } from "../base/cell.js";
import { html, useState } from "../base/html.js";
import { useKeys, walk } from "../base/keys.js";
import { go } from "../base/route.js";
import { link } from "../base/stream.js";
import { Asking } from "./dialog.js";
import { Glyph, Icon } from "./glyph.js";
import { Help } from "./help.js";
import { Notices } from "./notice.js";
import { Palette } from "./palette.js";

const PLACES = [["", "Overview"], ["agents", "Agents"], ["runs", "Runs"], ["timeline", "Timeline"], ["preview", "Preview"], ["spending", "Spending"], ["nodes", "Nodes"]];
const THEMES = ["", "light", "dark"];

export function Shell({ folder, main, children }) {
  const [open, setOpen] = useState(null); // palette | help
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "");
  const next = () => setTheme(choose(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]));
  useKeys({
    "mod+k": () => setOpen("palette"),
    "?": () => setOpen("help"),
    "/": () => document.querySelector("main input[type=search]")?.focus(),
    j: () => walk(1),
    k: () => walk(-1),
    n: () => go("#/new"),
    t: next,
  }, [theme]);
  return html`
    <a class="skip" href="#main" onClick=${(event) => (event.preventDefault(), main.current.focus())}>Skip to the page</a>
    <header class="side">
      <a class="brand" href="#/"><${Mark} />pypes</a>
      <nav aria-label="Pages">${PLACES.map(([path, word]) => html`
        <a href=${`#/${path}`} aria-current=${path === folder ? "page" : undefined}><${Icon} name=${path || "overview"} /><span>${word}</span></a>`)}
      </nav>
      <div class="foot">
        <${Link} />
        <button type="button" class="quiet" onClick=${() => setOpen("palette")}>Go to <kbd>Ctrl K</kbd></button>
        <button type="button" class="quiet" onClick=${next}>Theme: ${theme || "system"}</button>
        <button type="button" class="quiet" onClick=${() => setOpen("help")}>Keys <kbd>?</kbd></button>
      </div>
    </header>
    <${Lost} />
    <main id="main" ref=${main} tabindex="-1">${children}</main>
    <${Notices} />
    <${Asking} />
    ${open === "palette" && html`<${Palette} onClose=${() => setOpen(null)} />`}
    ${open === "help" && html`<${Help} onClose=${() => setOpen(null)} />`}`;
}

function Link() {
  const state = useCell(link);
  const words = { live: "live", lost: "no signal", connecting: "connecting …" };
  return html`<span class="link-state" data-link=${state}><${Glyph} state=${state === "live" ? "live" : "lost"} />${words[state]}</span>`;
}

function Lost() {
  const state = useCell(link);
  return state === "lost" && html`<div class="banner" role="alert"><${Glyph} state="lost" />
    No signal from pypes: what you see may be old. Trying again …</div>`;
}

const Mark = () => html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" /><circle cx="16" cy="16" r="8.5" /><path d="M16 11v5l3.5 3" /></svg>`;

function choose(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  try {
    localStorage.setItem("pypes.theme", theme);
  } catch {
    // A browser that keeps nothing forgets the choice.
  }
  return theme;
}
