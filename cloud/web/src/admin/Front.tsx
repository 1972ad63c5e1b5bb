// The first page under /admin: what waits for an administrator, and where to go.

import type { VNode } from "preact";
import { api, request, type Schemas } from "../api/client";
import { Icon } from "../parts/icons";
import { Failed, Page } from "../parts/layout";
import { type Loaded, useLoad } from "../parts/load";
import { now } from "../shell/now";
import { translate as field } from "../words/field";
import { ago, number } from "../words/format";
import { FirstSteps } from "./FirstSteps";
import { loadDraft } from "./policy/useDraft";
import { translate } from "./words";

type Tone = "good" | "warn" | "bad" | "soft";
interface Line {
  readonly tone: Tone;
  readonly text: string;
}
// A node renews its certificate when thirty days are left; with twenty-one left, it did not.
const SOON_MS = 21 * 86_400_000;

export function Front(): VNode {
  const fleet = useLoad(() => request(api.GET("/api/v1/admin/nodes", { params: { query: { limit: 1000 } } })), []);
  const deadLetters = useLoad(
    () => request(api.GET("/api/v1/admin/dead-letters", { params: { query: { limit: 1 } } })),
    [],
  );
  const drawings = useLoad(() => request(api.GET("/api/v1/admin/drawings")), []);
  const book = useLoad(() => request(api.GET("/api/v1/admin/agencies")), []);
  const draft = useLoad(loadDraft, []);
  return (
    <Page title={translate("title")} intro={translate("intro")}>
      <FirstSteps book={book.data} fleet={fleet.data} drawings={drawings.data} />
      <div class="grid">
        <Card to="/admin/nodes" icon="settings" title={translate("nodes")} of={fleet} lines={nodeLines} />
        <Card
          to="/admin/dead-letters"
          icon="warning"
          title={translate("deadLetters")}
          of={deadLetters}
          lines={deadLetterLines}
        />
        <Card to="/admin/sites" icon="camera" title={translate("sites")} of={drawings} lines={drawingLines} />
        <Card to="/admin/agencies" icon="public_facility" title={translate("agencies")} of={book} lines={agencyLines} />
        <Card to="/admin/policy" icon="shield" title={translate("policy")} of={draft} lines={policyLines} />
      </div>
    </Page>
  );
}

function Card<T>(props: {
  to: string;
  icon: string;
  title: string;
  of: Loaded<T>;
  lines: (data: T) => readonly Line[];
}): VNode {
  const { to, icon, title, of, lines } = props;
  return (
    <section class="card">
      <h2 class="row nofold">
        <Icon name={icon} />
        <a href={to}>{title}</a>
      </h2>
      {of.error && of.data === null ? <Failed error={of.error} again={of.again} /> : null}
      {of.data === null && !of.error ? <p class="soft">{field("loading")}</p> : null}
      <ul class="list">
        {of.data === null
          ? null
          : lines(of.data).map((one) => (
              <li key={one.text} class={one.tone}>
                {one.text}
              </li>
            ))}
      </ul>
    </section>
  );
}

const count = (n: number, words: string, tone: Tone): Line[] =>
  n > 0 ? [{ tone, text: `${number(n)} ${words}` }] : [];

function nodeLines(fleet: Schemas["FleetNodePage"]): readonly Line[] {
  const differing = fleet.nodes.filter((one) => one.differs).length;
  const waiting = fleet.nodes.filter((one) => one.token?.state === "waiting").length;
  const ending = fleet.nodes.filter(
    (one) => one.credential?.until && Date.parse(one.credential.until) < now.value + SOON_MS,
  ).length;
  return [
    ...(differing === 0 ? [{ tone: "good" as const, text: translate("nodesAllWell") }] : []),
    ...count(differing, translate("nodesDiffer"), "warn"),
    ...count(ending, translate("certificatesEnd"), "bad"),
    ...count(waiting, translate("tokensWait"), "soft"),
  ];
}

function deadLetterLines({ counts }: Schemas["DeadLetterPage"]): readonly Line[] {
  const open = (counts.waiting ?? 0) + (counts.failed ?? 0) + (counts.requested ?? 0);
  return open === 0
    ? [{ tone: "good", text: translate("noDeadLetters") }]
    : count(open, translate("deadLettersWaiting"), "warn");
}

function drawingLines(drawings: readonly Schemas["DrawingSummary"][]): readonly Line[] {
  const open = drawings.filter((one) => one.state !== "applied").length;
  if (drawings.length === 0) return [{ tone: "soft", text: translate("noDrawings") }];
  return open === 0
    ? count(drawings.length, translate("drawingsRun"), "good")
    : count(open, translate("drawingsOpen"), "warn");
}

function agencyLines(book: Schemas["AgencyPage"]): readonly Line[] {
  const { unrouted } = book;
  return unrouted.length === 0
    ? [{ tone: "good", text: translate("allRouted") }]
    : count(unrouted.length, translate("unrouted"), "warn");
}

function policyLines(draft: Schemas["PolicyDraft"]): readonly Line[] {
  const text = draft.used_at
    ? translate("policyNumber", { n: draft.version, t: ago(draft.used_at, now.value) })
    : translate("policyBuiltIn");
  return [{ tone: "soft", text }];
}
