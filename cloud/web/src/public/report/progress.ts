// Which steps a report has passed, as a line that anybody understands; only what is known to have happened counts as past.

export type Milestone = "received" | "given" | "working" | "done" | "checked";
export interface Mark {
  readonly milestone: Milestone;
  readonly state: "past" | "now" | "ahead";
  /** When it was reached, where that is known. */
  readonly at: string | null;
}
interface Move {
  readonly verb: string;
  readonly at: string;
}

const LINE: readonly Milestone[] = ["received", "given", "working", "done", "checked"];
const AT_STAGE: Readonly<Record<string, Milestone>> = {
  received: "received",
  noticed: "received",
  review: "received",
  waiting: "given",
  under_way: "working",
  resolved: "done",
};
const AT_MOVE: Readonly<Record<string, Milestone>> = {
  create: "given",
  accept: "working",
  resolve: "done",
  verify: "checked",
};

/** The line of a report at a stage; empty for one that was closed without work, which is on no such line. */
export function progressOf(
  stage: string,
  grade: string | null,
  receivedAt: string,
  moves: readonly Move[],
): readonly Mark[] {
  const milestone = stage === "resolved" && grade === "verified" ? "checked" : AT_STAGE[stage];
  if (milestone === undefined) return [];
  const here = LINE.indexOf(milestone);
  return LINE.map((one, at) => ({
    milestone: one,
    state: at < here ? "past" : at === here ? "now" : "ahead",
    at: at > here ? null : one === "received" ? receivedAt : lastTime(moves, one),
  }));
}

/** The last time, as work that was opened again is done again. */
function lastTime(moves: readonly Move[], milestone: Milestone): string | null {
  const times = moves.filter((one) => AT_MOVE[one.verb] === milestone).map((one) => one.at);
  return times.sort().pop() ?? null;
}
