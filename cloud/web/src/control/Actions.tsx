// What an operator decides about an incident: true, false, the same as another one, over, or open again.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { city, type Incident, reloadCity } from "../live/city";
import { Dialog } from "../parts/dialog";
import { goOnTo } from "../parts/focus";
import { AreaField, SelectField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Empty } from "../parts/layout";
import { categoryWords } from "../words/field";
import { change, confirm, isInProgress, isUnconfirmed, merge, reject, type Undo } from "./deeds";
import { bySeverity } from "./queue/queue";
import { toastDone } from "./undo";
import { Why } from "./Why";
import { translate } from "./words";

type PendingAction = "verdict" | "close" | "reopen" | "merge";

export function Actions({ incident, again }: { incident: Incident; again: () => void }): VNode {
  const [pending, setPending] = useState<PendingAction | null>(null);
  const [busy, run] = useAction(async (act: () => Promise<Undo>, words: string) => {
    const undo = await act();
    setPending(null);
    toastDone(words, [undo], again);
    again();
    reloadCity();
    goOnTo("#task .button.main");
  });
  const close = (): void => setPending(null);
  return (
    <div class="stack tight">
      <Choices
        incident={incident}
        busy={busy}
        choose={setPending}
        confirm={() => run(() => confirm(incident), translate("confirmed"))}
      />
      {pending === "verdict" ? (
        <Why
          title={translate("falseAlarm")}
          help={translate(isInProgress(incident) ? "falseAlarmOfTask" : "falseAlarmHelp")}
          close={close}
          go={(words) => run(() => reject(incident, words), translate("rejected"))}
        />
      ) : null}
      {pending === "close" && isInProgress(incident) ? <NotYet close={close} /> : null}
      {pending === "close" && !isInProgress(incident) ? (
        <Why
          title={translate("closeIt")}
          help={translate("closeHelp")}
          close={close}
          go={(reason) => run(() => change(incident, "close", reason), translate("closed"))}
        />
      ) : null}
      {pending === "reopen" ? (
        <Why
          title={translate("reopen")}
          help={translate("reopenHelp")}
          close={close}
          go={(reason) => run(() => change(incident, "reopen", reason), translate("reopened"))}
        />
      ) : null}
      {pending === "merge" ? (
        <MergeInto
          incident={incident}
          close={close}
          go={(reason, into) => run(() => merge(incident, into, reason), translate("merged"))}
        />
      ) : null}
    </div>
  );
}

function Choices(props: {
  incident: Incident;
  busy: boolean;
  choose: (what: PendingAction) => void;
  confirm: () => void;
}): VNode {
  const { incident, busy, choose: wants, confirm: isTrue } = props;
  if (incident.state !== "open")
    return (
      <div class="row">
        <button type="button" class="button" onClick={() => wants("reopen")}>
          {translate("reopen")}
        </button>
      </div>
    );
  const isJudged = !isUnconfirmed(incident);
  return (
    <>
      <div class="row">
        {isJudged ? null : (
          <button type="button" class="button main" id="confirm" disabled={busy} onClick={isTrue}>
            <Icon name="check" />
            {translate("confirm")}
          </button>
        )}
        <button type="button" class="button danger" id="false-alarm" onClick={() => wants("verdict")}>
          {translate("falseAlarm")}
        </button>
      </div>
      {isJudged ? null : (
        <p class="small soft">{translate(incident.task_state === "review" ? "confirmOfTask" : "confirmHelp")}</p>
      )}
      <div class="row">
        <button type="button" class="button plain" onClick={() => wants("merge")}>
          {translate("merge")}
        </button>
        <button type="button" class="button plain" onClick={() => wants("close")}>
          {translate("closeIt")}
        </button>
      </div>
    </>
  );
}

/** Why it cannot be closed now, said before anybody writes a reason. */
function NotYet({ close }: { close: () => void }): VNode {
  return (
    <Dialog title={translate("closeIt")} onClose={close}>
      <p>{translate("closeNotYet")}</p>
      <button type="button" class="button main" onClick={close}>
        {translate("understood")}
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
  const others = bySeverity(city.incident.value.values())
    .filter((one) => one.id !== incident.id)
    .sort((a, b) => apart(a, incident) - apart(b, incident))
    .slice(0, 30);
  const [into, setInto] = useState(others[0]?.id ?? "");
  const [reason, setReason] = useState("");
  return (
    <Dialog title={translate("merge")} onClose={props.close}>
      {others.length === 0 ? (
        <Empty>{translate("noneNear")}</Empty>
      ) : (
        <>
          <p>{translate("mergeHelp")}</p>
          <SelectField
            label={translate("mergeInto")}
            value={into}
            onValue={setInto}
            options={others.map((one) => [
              one.id,
              `#${one.number} ${categoryWords(one.category)} ${one.area_name ?? ""}`,
            ])}
          />
          <AreaField label={translate("reason")} value={reason} onValue={setReason} maxLength={2000} />
          <button
            type="button"
            class="button main"
            disabled={reason.trim() === ""}
            onClick={() => props.go(reason.trim(), into)}
          >
            {translate("merge")}
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
