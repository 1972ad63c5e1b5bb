// What an operator decides about an incident, as requests, each with the request that takes it back.

import { api, request } from "../api/client";
import type { Incident } from "../live/city";
import { translate } from "./words";

/** Takes back what was done; gives the words for it. */
export type Undo = () => Promise<string>;

/** States of a task of which an officer may already be on the way. */
const IN_PROGRESS: ReadonlySet<string> = new Set(["review", "open", "assigned", "accepted", "on_site", "paused"]);
export const isInProgress = (incident: Incident): boolean => IN_PROGRESS.has(incident.task_state ?? "");

/** Whether somebody may still say that it is true. */
export const isUnconfirmed = (one: Incident): boolean =>
  one.state === "open" && (one.verdict !== "confirmed" || one.task_state === "review");

const pathOf = ({ id }: Incident) => ({ params: { path: { incident_id: id } } });

/** What waits for an operator's word goes on to the officers with it. */
export async function confirm(incident: Incident): Promise<Undo> {
  const body = { verdict: "confirmed", note: "" } as const;
  await request(api.POST("/api/v1/incidents/{incident_id}/verdict", { ...pathOf(incident), body }));
  const isPassedOn = incident.task_state === "review";
  if (isPassedOn) await moveTask(incident, "confirm", "");
  return async () => {
    await request(api.DELETE("/api/v1/incidents/{incident_id}/verdict", pathOf(incident)));
    return translate(isPassedOn ? "unconfirmedTaskGoesOn" : "unconfirmed");
  };
}

/** An incident with a task under way is rejected by ending that task. */
export async function reject(incident: Incident, note: string): Promise<Undo> {
  if (isInProgress(incident)) await moveTask(incident, "dismiss", note);
  const body = { verdict: "false_alarm", note } as const;
  await request(api.POST("/api/v1/incidents/{incident_id}/verdict", { ...pathOf(incident), body }));
  return async () => {
    await change(incident, "reopen", translate("undoneAtOnce"));
    return translate("reopened");
  };
}

/** Close, open again or merge: changes of which the server knows how it was before. */
export async function change(incident: Incident, verb: "close" | "reopen", reason: string): Promise<Undo> {
  const made = await request(
    api.POST(`/api/v1/incidents/{incident_id}/${verb}`, { ...pathOf(incident), body: { reason } }),
  );
  return undoOf(made.id);
}

export async function merge(incident: Incident, into: string, reason: string): Promise<Undo> {
  const made = await request(
    api.POST("/api/v1/incidents/{incident_id}/merge", { ...pathOf(incident), body: { reason, into } }),
  );
  return undoOf(made.id);
}

const undoOf =
  (changeId: string): Undo =>
  async () => {
    const path = { params: { path: { change_id: changeId } } };
    await request(
      api.POST("/api/v1/incident-changes/{change_id}/undo", { ...path, body: { reason: translate("undoneAtOnce") } }),
    );
    return translate("undone");
  };

async function moveTask({ task_id }: Incident, verb: "confirm" | "dismiss", note: string): Promise<void> {
  if (task_id)
    await request(api.POST("/api/v1/tasks/{task_id}/moves", { params: { path: { task_id } }, body: { verb, note } }));
}
