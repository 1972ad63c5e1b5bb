// The figures above the wall: how bad it is, and where the city is blind. "Dry" and "dead" are never the same figure.

import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { api, ask } from "../api/client";
import { city } from "../live/city";
import { stageOf } from "../live/reading";
import { Switch, useAction } from "../parts/form";
import { useLoad } from "../parts/load";
import { StageMark } from "../parts/marks";
import { PushSwitch } from "../session/PushSwitch";
import { role } from "../session/session";
import { now } from "../shell/now";
import { type Stage, stageWords } from "../words/field";
import { number } from "../words/say";
import { blindOnes, cutOff, inOrder, isLate, silentOnes } from "./queue";
import { say } from "./words";

const STAGES: readonly Stage[] = [1, 2, 3, 4];
const STORM_EVERY_MS = 30_000;

export function Strip(): VNode {
  const { gauge, camera, incident, task, node } = city;
  const stages = [...gauge.value.values()].map(stageOf);
  const late = [...task.value.values()].filter((one) => isLate(one, now.value)).length;
  const missing = [...node.value.values()].reduce((sum, one) => sum + one.missing, 0);
  return (
    <div class="wall-strip row">
      {STAGES.map((stage) => (
        <span key={stage} class="row nofold" title={stageWords(stage)}>
          <StageMark stage={stage} />
          <span class="large figures">{number(stages.filter((one) => one === stage).length)}</span>
          <span class="for-ears">{stageWords(stage)}</span>
        </span>
      ))}
      <Count of={inOrder(incident.value.values()).length} words={say("open")} />
      <Count of={late} words={say("late")} kind="bad" />
      <Count of={silentOnes(gauge.value.values()).length} words={say("silent")} kind="warn" />
      <Count of={blindOnes(camera.value.values()).length} words={say("blind")} kind="warn" />
      <Count of={cutOff(node.value.values()).length} words={say("down")} kind="warn" />
      <Count of={missing} words={say("missing")} kind="bad" />
      <Storm />
      <PushSwitch />
    </div>
  );
}

function Count(props: { of: number; words: string; kind?: "bad" | "warn" }): VNode {
  return (
    <span class={props.of > 0 && props.kind ? props.kind : "soft"}>
      <span class="large figures">{number(props.of)}</span> {props.words}
    </span>
  );
}

function Storm(): VNode | null {
  const state = useLoad(() => ask(api.GET("/api/v1/notices/storm")), []);
  const [busy, set] = useAction(async (on: boolean) => {
    await ask(api.POST("/api/v1/notices/storm", { body: { action: on ? "begin" : "end", why: say("stormReason") } }));
    state.again();
  });
  useEffect(() => {
    const timer = setInterval(state.again, STORM_EVERY_MS);
    return () => clearInterval(timer);
  }, [state.again]);
  if (!state.data) return null;
  return (
    <Switch label={say("storm")} on={state.data.storm} disabled={busy || role.value === "leader"} onChange={set} />
  );
}
