// What an operator decides about an incident: true, false, the same as another one, over, or open again.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { city, type Incident, reloadCity } from "../live/city";
import { Dialog } from "../parts/dialog";
import { goOnTo } from "../parts/focus";
import { AreaField, SelectField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Empty } from "../parts/layout";
import { toast } from "../parts/toasts";
import { categoryWords } from "../words/field";
import { inOrder } from "./queue";
import { Why } from "./Why";
import { say } from "./words";

type Asked = "verdict" | "close" | "reopen" | "merge";

/** States of a task of which an officer may already be on the way. */
const UNDER_WAY: ReadonlySet<string> = new Set(["review", "open", "assigned", "accepted", "on_site", "paused"]);
const isUnderWay = (incident: Incident): boolean => UNDER_WAY.has(incident.task_state ?? "");

export function Actions({ incident, again }: { incident: Incident; again: () => void }): VNode {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [busy, run] = useAction(async (act: () => Promise<unknown>, words: string) => {
    await act();
    setAsked(null);
    toast(words, "good");
    again();
    reloadCity();
    goOnTo("#task .button.main");
  });
  const close = (): void => setAsked(null);
  return (
    <div class="stack tight">
      <Choices
        incident={incident}
        busy={busy}
        ask={setAsked}
        confirm={() => run(() => confirm(incident), say("confirmed"))}
      />
      {asked === "verdict" ? (
        <Why
          title={say("falseAlarm")}
          help={say(isUnderWay(incident) ? "falseAlarmOfTask" : "falseAlarmHelp")}
          close={close}
          go={(words) => run(() => reject(incident, words), say("rejected"))}
        />
      ) : null}
      {asked === "close" && isUnderWay(incident) ? <NotYet close={close} /> : null}
      {asked === "close" && !isUnderWay(incident) ? (
        <Why
          title={say("closeIt")}
          help={say("closeHelp")}
          close={close}
          go={(reason) => run(() => change(incident, "close", reason), say("closed"))}
        />
      ) : null}
      {asked === "reopen" ? (
        <Why
          title={say("reopen")}
          help={say("reopenHelp")}
          close={close}
          go={(reason) => run(() => change(incident, "reopen", reason), say("reopened"))}
        />
      ) : null}
      {asked === "merge" ? (
        <MergeInto
          incident={incident}
          close={close}
          go={(reason, into) => run(() => merge(incident, reason, into), say("merged"))}
        />
      ) : null}
    </div>
  );
}

function Choices(props: { incident: Incident; busy: boolean; ask: (what: Asked) => void; confirm: () => void }): VNode {
  const { incident, busy, ask: wants, confirm: isTrue } = props;
  if (incident.state !== "open")
    return (
      <div class="row">
        <button type="button" class="button" onClick={() => wants("reopen")}>
          {say("reopen")}
        </button>
      </div>
    );
  const isJudged = incident.verdict === "confirmed" && incident.task_state !== "review";
  return (
    <>
      <div class="row">
        {isJudged ? null : (
          <button type="button" class="button main" id="confirm" disabled={busy} onClick={isTrue}>
            <Icon name="check" />
            {say("confirm")}
          </button>
        )}
        <button type="button" class="button danger" onClick={() => wants("verdict")}>
          {say("falseAlarm")}
        </button>
        <button type="button" class="button" onClick={() => wants("merge")}>
          {say("merge")}
        </button>
        <button type="button" class="button" onClick={() => wants("close")}>
          {say("closeIt")}
        </button>
      </div>
      {isJudged ? null : (
        <p class="small soft">{say(incident.task_state === "review" ? "confirmOfTask" : "confirmHelp")}</p>
      )}
    </>
  );
}

const pathOf = (incident: Incident) => ({ params: { path: { incident_id: incident.id } } });

/** What waits for an operator's word goes on to the officers with it. */
async function confirm(incident: Incident): Promise<void> {
  const body = { verdict: "confirmed", note: "" } as const;
  await ask(api.POST("/api/v1/incidents/{incident_id}/verdict", { ...pathOf(incident), body }));
  if (incident.task_state === "review") await moveTask(incident, "confirm", "");
}

/** An incident with a task under way is rejected by ending that task. */
async function reject(incident: Incident, note: string): Promise<void> {
  if (isUnderWay(incident)) await moveTask(incident, "dismiss", note);
  const body = { verdict: "false_alarm", note } as const;
  await ask(api.POST("/api/v1/incidents/{incident_id}/verdict", { ...pathOf(incident), body }));
}

async function moveTask({ task_id }: Incident, verb: "confirm" | "dismiss", note: string): Promise<void> {
  if (task_id)
    await ask(api.POST("/api/v1/tasks/{task_id}/moves", { params: { path: { task_id } }, body: { verb, note } }));
}

const change = (incident: Incident, verb: "close" | "reopen", reason: string): Promise<unknown> =>
  ask(api.POST(`/api/v1/incidents/{incident_id}/${verb}`, { ...pathOf(incident), body: { reason } }));

const merge = (incident: Incident, reason: string, into: string): Promise<unknown> =>
  ask(api.POST("/api/v1/incidents/{incident_id}/merge", { ...pathOf(incident), body: { reason, into } }));

/** Why it cannot be closed now, said before anybody writes a reason. */
function NotYet({ close }: { close: () => void }): VNode {
  return (
    <Dialog title={say("closeIt")} onClose={close}>
      <p>{say("closeNotYet")}</p>
      <button type="button" class="button main" onClick={close}>
        {say("understood")}
      </button>
    </Dialog>
  );
}

function MergeInto(props: {
  incident: Incident;
  close: () => void;
  go: (reason: string, into: string) => void;
}): VNode {
  const { incident } = props;
  const others = inOrder(city.incident.value.values())
    .filter((one) => one.id !== incident.id)
    .sort((a, b) => apart(a, incident) - apart(b, incident))
    .slice(0, 30);
  const [into, setInto] = useState(others[0]?.id ?? "");
  const [reason, setReason] = useState("");
  return (
    <Dialog title={say("merge")} onClose={props.close}>
      {others.length === 0 ? (
        <Empty>{say("noneNear")}</Empty>
      ) : (
        <>
          <p>{say("mergeHelp")}</p>
          <SelectField
            label={say("mergeInto")}
            value={into}
            onValue={setInto}
            options={others.map((one) => [
              one.id,
              `#${one.number} ${categoryWords(one.category)} ${one.area_name ?? ""}`,
            ])}
          />
          <AreaField label={say("reason")} value={reason} onValue={setReason} maxLength={2000} />
          <button
            type="button"
            class="button main"
            disabled={reason.trim() === ""}
            onClick={() => props.go(reason.trim(), into)}
          >
            {say("merge")}
          </button>
        </>
      )}
    </Dialog>
  );
}

/** Of the same kind first, then the nearest; degrees will do for an order. */
function apart(one: Incident, from: Incident): number {
  const away = Math.hypot(one.place.lat - from.place.lat, one.place.lon - from.place.lon);
  return away + (one.category === from.category ? 0 : 10);
}
