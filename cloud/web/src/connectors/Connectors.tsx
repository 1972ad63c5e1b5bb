// How the ways in fare: citizens' channels, feeds of other systems, and the warnings that came by them.

import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { Icon } from "../parts/icons";
import { Banner, Empty, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { type Column, Table } from "../parts/table";
import { role } from "../session/session";
import { now } from "../shell/now";
import { ago, dateAndTime, number, span } from "../words/format";
import { language } from "../words/language";
import { type Connector, isFeed, nameOf, needsALook, sorted } from "./order";
import { channelWords, kindWords, stateWords, translate, warningWords } from "./words";

type Warning = Schemas["ExternalWarning"];

const EVERY_MS = 30_000;
const MARKS: Readonly<Record<Connector["state"], readonly [icon: string, tone: string]>> = {
  working: ["check", "good"],
  waiting: ["clock", "soft"],
  silent: ["offline", "warn"],
  failing: ["warning", "bad"],
  off: ["close", "soft"],
};

export function Connectors(): VNode {
  const found = useLoad(() => request(api.GET("/api/v1/connectors")), []);
  const warnings = useLoad(() => request(api.GET("/api/v1/warnings")), []);
  useEffect(() => {
    const timer = setInterval(() => {
      found.again();
      warnings.again();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [found.again, warnings.again]);
  return (
    <Page
      title={translate("title")}
      intro={translate("intro")}
      width="wide"
      tools={role.value === "leader" ? null : <ToInbox />}
    >
      <Shown of={found}>{(all) => <ConnectorList all={all} />}</Shown>
      <h2>{translate("warnings")}</h2>
      <Shown of={warnings}>{(all) => <Warnings all={all} />}</Shown>
    </Page>
  );
}

function ToInbox(): VNode {
  return (
    <a class="button" href="/control/inbox">
      <Icon name="inbox" />
      {translate("inbox")}
    </a>
  );
}

function ConnectorList({ all }: { all: readonly Connector[] }): VNode {
  const used = sorted(all);
  const wrong = used.filter(needsALook).length;
  const counted = (state: Connector["state"]): string => number(used.filter((one) => one.state === state).length);
  const off = all.filter((one) => one.state === "off").map((one) => wordsOf(one));
  return (
    <>
      <Banner kind={wrong > 0 ? "warn" : "good"} icon={wrong > 0 ? "warning" : "check"}>
        <p>
          {translate("summary", { working: counted("working"), waiting: counted("waiting"), wrong: number(wrong) })}
        </p>
      </Banner>
      <h2>{translate("channels")}</h2>
      <Rows caption={translate("channels")} rows={used.filter((one) => !isFeed(one))} />
      {off.length > 0 ? <p class="small soft">{translate("notUsed", { names: off.join(", ") })}</p> : null}
      <h2>{translate("feeds")}</h2>
      {used.some(isFeed) ? (
        <Rows caption={translate("feeds")} rows={used.filter(isFeed)} />
      ) : (
        <Empty>{translate("noFeeds")}</Empty>
      )}
    </>
  );
}

const wordsOf = (one: Connector): string => (isFeed(one) ? nameOf(one) : channelWords(one.channel));

function Rows({ caption, rows }: { caption: string; rows: readonly Connector[] }): VNode {
  const columns: Column<Connector>[] = [
    { id: "name", head: translate("name"), cell: (one) => <Name one={one} />, sortBy: wordsOf, isName: true },
    { id: "state", head: translate("state"), cell: (one) => <State one={one} />, sortBy: (one) => one.state },
    {
      id: "success",
      head: translate("lastSuccess"),
      cell: (one) => (one.last_success_at ? ago(one.last_success_at, now.value) : translate("never")),
      sortBy: (one) => one.last_success_at ?? null,
    },
    count("lag", translate("lag"), (one) => one.lag_seconds ?? null, span),
    count("received", translate("received"), (one) => one.received),
    count("repeated", translate("repeated"), (one) => one.repeated),
    count("refused", translate("refused"), (one) => one.refused),
    { id: "error", head: translate("lastError"), cell: (one) => <LastError one={one} /> },
  ];
  return <Table caption={caption} columns={columns} rows={rows} keyOf={(one) => one.channel} />;
}

function count(
  id: string,
  head: string,
  of: (one: Connector) => number | null,
  shown: (value: number) => string = number,
): Column<Connector> {
  return {
    id,
    head,
    isNumber: true,
    sortBy: of,
    cell: (one) => {
      const value = of(one);
      return value === null ? <span class="desk-only">–</span> : shown(value);
    },
  };
}

function Name({ one }: { one: Connector }): VNode {
  return (
    <div data-connector={one.channel}>
      <span class="strong">{wordsOf(one)}</span>
      {one.kind ? <p class="small soft">{kindWords(one.kind)}</p> : null}
    </div>
  );
}

function State({ one }: { one: Connector }): VNode {
  const [icon, tone] = MARKS[one.state];
  return (
    <>
      <span class={`row nofold ${tone}`}>
        <Icon name={icon} />
        {stateWords(one.state)}
      </span>
      {one.failures ? <p class="small soft">{translate("failures", { n: number(one.failures) })}</p> : null}
    </>
  );
}

function LastError({ one }: { one: Connector }): VNode {
  if (!one.last_error_at) return <span class="desk-only">–</span>;
  return (
    <>
      <p class="small">{one.last_error}</p>
      <p class="small soft">{ago(one.last_error_at, now.value)}</p>
    </>
  );
}

function Warnings({ all }: { all: readonly Warning[] }): VNode {
  if (all.length === 0) return <Empty>{translate("noWarnings")}</Empty>;
  return (
    <ul class="list" id="warnings">
      {all.map((one) => (
        <li key={one.id} class="card">
          <WarningCard warning={one} />
        </li>
      ))}
    </ul>
  );
}

function WarningCard({ warning }: { warning: Warning }): VNode {
  const text = warning.texts.find((one) => one.language?.startsWith(language.value)) ?? warning.texts[0];
  return (
    <>
      <p class="strong">{text?.headline || warning.event}</p>
      {text?.description ? <p>{text.description}</p> : null}
      <p class="small soft">
        {[
          warning.sender,
          warningWords(warning.severity),
          translate("until", { t: dateAndTime(warning.expires_at) }),
          translate("areas", { n: number(warning.area_ids.length) }),
        ].join(" · ")}
      </p>
    </>
  );
}
