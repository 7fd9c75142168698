// The page begins: one stream, one application.
import { App } from "../parts/app.js";
import { html, render } from "./html.js";
import { watch } from "./stream.js";

watch();
render(html`<${App} />`, document.getElementById("app"));
