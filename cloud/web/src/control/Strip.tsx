// The figures above the control room: how bad it is, and where the city is blind. "Dry" and "dead" are never the same figure.
// Each leads to the list that it counts.

import type { ComponentChildren, VNode } from "preact";
import { city, type FollowedKind, loaded } from "../live/city";
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
  // What was not recorded then, or is not loaded yet, is no 0.
  const isKnown = (kind: FollowedKind): boolean => (isPast ? !isUnknownThen(kind) : loaded.value.has(kind));
  const known = (kind: FollowedKind, count: number): number | null => (isKnown(kind) ? count : null);
  const counts: readonly CountProps[] = [
    { of: known("incident", bySeverity(incident.value.values()).length), words: translate("open"), list: "incidents" },
    { of: known("task", overdue), words: translate("overdue"), list: "tasks", kind: "bad" },
    {
      of: known("gauge", silentOnes(gauge.value.values()).length),
      words: translate("silent"),
      list: "coverage",
      kind: "warn",
    },
    {
      of: known("camera", blindOnes(camera.value.values()).length),
      words: translate("blind"),
      list: "coverage",
      kind: "warn",
    },
    { of: known("node", cutOff(node.value.values()).length), words: translate("down"), list: "coverage", kind: "warn" },
    { of: isPast ? null : known("node", missing), words: translate("missing"), list: "coverage", kind: "bad" },
  ];
  return (
    <div class="room-strip">
      <div class="counts-row">
        {STAGES.map((stage) => (
          <button key={stage} type="button" class="count" title={stageWords(stage)} onClick={() => open("gauges")}>
            <span class="row nofold tight-icon">
              <StageMark stage={stage} />
              <span class="large figures">{figure(known("gauge", stages.filter((one) => one === stage).length))}</span>
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

const figure = (count: number | null): string => (count === null ? "–" : number(count));

interface CountProps {
  /** null: nobody recorded it then, or it is not loaded yet. */
  readonly of: number | null;
  readonly words: string;
  readonly list: List;
  readonly kind?: "bad" | "warn";
}

function Count({ of, words, list, kind, open }: CountProps & { open: (list: List) => void }): VNode {
  return (
    <button type="button" class={`count ${of !== null && of > 0 && kind ? kind : "soft"}`} onClick={() => open(list)}>
      <span class="large figures">{figure(of)}</span>
      <span class="small">{words}</span>
    </button>
  );
}
