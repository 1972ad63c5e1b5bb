// The webhooks of other systems, and a test event that shows what one answers.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { ApiError, api, request, type Schemas } from "../../api/client";
import { Banner, Empty, Page } from "../../parts/layout";
import { Shown, useLoad } from "../../parts/load";
import { type Column, Table } from "../../parts/table";
import { now } from "../../shell/now";
import { ago, number } from "../../words/format";
import { Refused } from "../saving";
import { translate as admin } from "../words";
import { type Delivery, outcomeOf } from "./answer";
import { translate } from "./words";

type Webhook = Schemas["Webhook"];

const REQUEST_EVERY_MS = 1000;
const MOST_REQUESTS = 30;

export function Webhooks(): VNode {
  const found = useLoad(() => request(api.GET("/api/v1/admin/webhooks")), []);
  return (
    <Page title={admin("webhooks")} intro={translate("intro")} width="wide">
      <Shown of={found}>
        {(all) => (all.length > 0 ? <List all={all} again={found.again} /> : <Empty>{translate("none")}</Empty>)}
      </Shown>
    </Page>
  );
}

function List({ all, again }: { all: readonly Webhook[]; again: () => void }): VNode {
  const [tried, setTried] = useState<{ webhook: Webhook; delivery: Delivery | null } | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const run = (webhook: Webhook): void => {
    setBusy(true);
    setError(null);
    setTried({ webhook, delivery: null });
    sendTest(webhook.id, (delivery) => setTried({ webhook, delivery }))
      .catch((failed: unknown) => {
        setTried(null);
        setError(failed instanceof ApiError ? failed : new ApiError(0, "bug", String(failed)));
      })
      .finally(() => {
        setBusy(false);
        again();
      });
  };
  return (
    <>
      <Refused error={error} />
      {tried ? <Answer url={tried.webhook.url} delivery={tried.delivery} isSending={busy} /> : null}
      <Table
        caption={admin("webhooks")}
        rows={all}
        keyOf={(one) => one.id}
        columns={columnsOf((one) => (
          <button
            type="button"
            class="button"
            disabled={busy || one.disabled_at !== null}
            aria-label={`${translate("sendTest")}: ${one.url}`}
            onClick={() => run(one)}
          >
            {translate("sendTest")}
          </button>
        ))}
      />
    </>
  );
}

function columnsOf(tool: (one: Webhook) => VNode): Column<Webhook>[] {
  return [
    { id: "address", head: translate("address"), cell: (one) => one.url, sortBy: (one) => one.url, isName: true },
    { id: "events", head: translate("events"), cell: (one) => one.kinds.join(", ") },
    {
      id: "state",
      head: admin("state"),
      cell: (one) =>
        one.disabled_at === null ? translate("isOn") : translate("isOff", { reason: one.disabled_why || "–" }),
    },
    { id: "queued", head: translate("waiting"), cell: (one) => number(one.queued), isNumber: true },
    { id: "dead", head: translate("failed"), cell: (one) => number(one.dead), isNumber: true },
    {
      id: "last",
      head: translate("lastSent"),
      cell: (one) => (one.last_sent_at === null ? admin("never") : ago(one.last_sent_at, now.value)),
      sortBy: (one) => one.last_sent_at,
    },
    { id: "tools", head: "", cell: tool },
  ];
}

function Answer(props: { url: string; delivery: Delivery | null; isSending: boolean }): VNode {
  const { url, delivery, isSending } = props;
  const outcome = delivery === null ? "waiting" : outcomeOf(delivery);
  if (delivery === null || outcome === "waiting") {
    return (
      <Banner kind={isSending ? "plain" : "warn"} icon="clock">
        {translate(isSending ? "sending" : "notYet", { url })}
      </Banner>
    );
  }
  return (
    <Banner kind={outcome === "accepted" ? "good" : "bad"} icon={outcome === "accepted" ? "check" : "warning"}>
      <p>{translate(outcome, { url, status: String(delivery.answer_status), error: delivery.error })}</p>
      {outcome === "noAnswer" ? null : delivery.answer ? (
        <pre class="code">{delivery.answer}</pre>
      ) : (
        <p class="small soft">{translate("emptyAnswer")}</p>
      )}
    </Banner>
  );
}

/** Sends a test event and asks for its delivery until the other system has answered, or half a minute is over. */
async function sendTest(id: string, shown: (delivery: Delivery) => void): Promise<void> {
  const path = { webhook_id: id };
  const made = await request(api.POST("/api/v1/admin/webhooks/{webhook_id}/ping", { params: { path } }));
  for (let times = 0; times < MOST_REQUESTS; times += 1) {
    await new Promise((done) => setTimeout(done, REQUEST_EVERY_MS));
    const delivery = await request(
      api.GET("/api/v1/admin/webhooks/{webhook_id}/deliveries/{delivery_id}", {
        params: { path: { ...path, delivery_id: made.delivery_id } },
      }),
    );
    shown(delivery);
    if (outcomeOf(delivery) !== "waiting") return;
  }
}
