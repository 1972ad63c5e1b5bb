// What became of a test event, from its delivery.

import type { Schemas } from "../../api/client";

export type Delivery = Schemas["WebhookDelivery"];
export type Outcome = "accepted" | "refused" | "noAnswer" | "waiting";

/** A delivery that was tried and waits for its next try has an outcome, too: that of the last try. */
export function outcomeOf(one: Pick<Delivery, "state" | "attempts" | "answer_status">): Outcome {
  if (one.state === "sent") return "accepted";
  if (one.attempts === 0 && one.state === "queued") return "waiting";
  return one.answer_status === null ? "noAnswer" : "refused";
}
