// The application: which page is shown, and what stands around it.
import { signedOut } from "../base/api.js";
import { useCell } from "../base/cell.js";
import { html, useEffect, useRef } from "../base/html.js";
import { useRoute } from "../base/route.js";
import { Agent } from "../pages/agent.js";
import { Agents } from "../pages/agents.js";
import { Create } from "../pages/create.js";
import { Nodes } from "../pages/nodes.js";
import { Overview } from "../pages/overview.js";
import { Preview } from "../pages/preview.js";
import { Run } from "../pages/run.js";
import { Runs } from "../pages/runs.js";
import { Spending } from "../pages/spending.js";
import { Timeline } from "../pages/timeline.js";
import { Login } from "./login.js";
import { Shell } from "./shell.js";

const PAGES = { "": Overview, agents: Agents, runs: Runs, timeline: Timeline, preview: Preview, spending: Spending, nodes: Nodes, new: Create };
const ONE = { agents: Agent, runs: Run };

export function App() {
  const { parts, query } = useRoute();
  const out = useCell(signedOut);
  const [folder = "", name] = parts;
  const Page = (name !== undefined ? ONE[folder] : PAGES[folder]) ?? Missing;
  const main = useRef(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = [name ?? folder, "pypes"].filter(Boolean).join(" · ");
    if (!first.current) main.current?.focus();
    first.current = false;
    scrollTo(0, 0);
  }, [folder, name]);
  if (out) return html`<${Login} />`;
  return html`<${Shell} folder=${folder} main=${main}><${Page} key=${`${folder}/${name}`} name=${name} query=${query} /><//>`;
}

const Missing = () => html`<h1>Nothing here</h1><p>There is no such page. <a href="#/">Back to the overview</a></p>`;
