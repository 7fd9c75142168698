// The token, typed once; the daemon keeps it in a cookie that no script can read.
import { call, signedOut } from "../base/api.js";
import { html, useState } from "../base/html.js";
import { Trouble } from "./problem.js";

export function Login() {
  const [problem, setProblem] = useState(null);
  const enter = async (event) => {
    event.preventDefault();
    try {
      await call("POST", "/login", { token: new FormData(event.target).get("token") });
      signedOut.set(false);
    } catch (refused) {
      setProblem(refused);
    }
  };
  return html`<main class="login">
    <form onSubmit=${enter}>
      <h1>pypes</h1>
      <p class="muted">This daemon was started with a token. Type it once; the browser keeps a cookie for it.</p>
      <label>Token <input name="token" type="password" autocomplete="current-password" required autofocus /></label>
      ${problem && html`<${Trouble} problem=${problem} />`}
      <button class="main">Come in</button>
    </form>
  </main>`;
}
