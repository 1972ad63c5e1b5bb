// Begins: looks, language, who is signed in, the pages, and the service worker that opens them without a signal.

import "./style/tokens.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/shell.css";
import "./style/pages.css";
import { render } from "preact";
import { App } from "./app";
import { startQueue } from "./queue/queue";
import { loadSession, mayBeSignedIn } from "./session/session";
import { watchForRenewal } from "./shell/renewal";
import "./shell/theme";
import { language } from "./words/language";

document.documentElement.lang = language.value;
watchForRenewal();
// Whoever only reads what is published needs no session, and the server that has them may be away.
const isReader = /^\/(map|alerts|incidents|(gauges|areas)\/.*)?$/.test(location.pathname);
if (isReader && !mayBeSignedIn()) startQueue();
else void loadSession().then(startQueue);
const root = document.getElementById("app");
if (root) render(<App />, root);
if ("serviceWorker" in navigator && import.meta.env.PROD) {
  addEventListener("load", () => void navigator.serviceWorker.register("/sw.js").catch(() => null));
}
