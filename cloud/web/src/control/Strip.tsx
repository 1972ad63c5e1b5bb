// The figures above the control room: how bad it is, and where the city is blind. "Dry" and "dead" are never the same figure.
// Each leads to the list that it counts.

import type { ComponentChildren, VNode } from "preact";
import { city, type FollowedKind } from "../live/city";
import { stageOf } from "../live/reading";
import { StageMark } from "../parts/marks";
import { now } from "../shell/now";
import { type Stage, stageWords } from "../words/field";
import { number } from "../words/format";
import { blindOnes, bySeverity, cutOff, isOverdue, type List, silentOnes } from "./queue/queue";
import { isUnknownThen, replay } from "./replay/replay";
import { Storm } from "./Storm";
import { translate } from "./words";

const STAGES: readonly Stage[] = [1, 2, 3, 4];

interface StripProps {
  readonly open: (list: List) => void;
  readonly tools: ComponentChildren;
}

export function Strip({ open, tools }: StripProps): VNode {
  const { gauge, camera, incident, task, node } = city;
  const stages = [...gauge.value.values()].map(stageOf);
  const overdue = [...task.value.values()].filter((one) => isOverdue(one, now.value)).length;
  const missing = [...node.value.values()].reduce((sum, one) => sum + one.missing, 0);
  const isPast = replay.value !== null;
  const then = (kind: FollowedKind, count: number): number | null => (isUnknownThen(kind) ? null : count);
  const counts: readonly CountProps[] = [
    { of: then("incident", bySeverity(incident.value.values()).length), words: translate("open"), list: "incidents" },
    { of: then("task", overdue), words: translate("overdue"), list: "tasks", kind: "bad" },
    { of: silentOnes(gauge.value.values()).length, words: translate("silent"), list: "coverage", kind: "warn" },
    {
      of: then("camera", blindOnes(camera.value.values()).length),
      words: translate("blind"),
      list: "coverage",
      kind: "warn",
    },
    { of: then("node", cutOff(node.value.values()).length), words: translate("down"), list: "coverage", kind: "warn" },
    { of: isPast ? null : missing, words: translate("missing"), list: "coverage", kind: "bad" },
  ];
  return (
    <div class="room-strip">
      <div class="counts-row">
        {STAGES.map((stage) => (
          <button key={stage} type="button" class="count" title={stageWords(stage)} onClick={() => open("gauges")}>
            <span class="row nofold tight-icon">
              <StageMark stage={stage} />
              <span class="large figures">{number(stages.filter((one) => one === stage).length)}</span>
            </span>
            <span class="small soft">Siaga {stage}</span>
          </button>
        ))}
      </div>
      <div class="counts-row grow">
        {counts.map((one) => (
          <Count key={one.words} {...one} open={open} />
        ))}
      </div>
      {isPast ? null : <Storm />}
      {tools}
    </div>
  );
}

interface CountProps {
  /** null: nobody recorded it then. */
  readonly of: number | null;
  readonly words: string;
  readonly list: List;
  readonly kind?: "bad" | "warn";
}

function Count({ of, words, list, kind, open }: CountProps & { open: (list: List) => void }): VNode {
  return (
    <button type="button" class={`count ${of !== null && of > 0 && kind ? kind : "soft"}`} onClick={() => open(list)}>
      <span class="large figures">{of === null ? "–" : number(of)}</span>
      <span class="small">{words}</span>
    </button>
  );
}
