// The side of the control room while nothing is chosen: what needs somebody now, so that the first look is at the worst.

import type { ComponentChildren, VNode } from "preact";
import { city, type Gauge, loaded } from "../../live/city";
import { stageOf } from "../../live/reading";
import { Level, UnderName } from "../../parts/gauge";
import { Icon } from "../../parts/icons";
import { Loading } from "../../parts/layout";
import { FloodBadge, StageMark } from "../../parts/marks";
import { TaskDeadline } from "../../parts/task";
import { PushSwitch } from "../../session/PushSwitch";
import { now } from "../../shell/now";
import { categoryWords, stageWords, taskStateWords } from "../../words/field";
import { ago, number, percent, timeOfDay } from "../../words/format";
import { whyHole } from "../coverage/Coverage";
import { countGauges, gapsOf } from "../coverage/coverage";
import { replay } from "../replay/replay";
import { translate as past } from "../replay/words";
import { translate } from "../words";
import { floodedOnes, highOnes, lostOnes, undecidedOnes, unverifiedOnes } from "./needs";
import { isOverdue, type List, runningTasks } from "./queue";

const SHOWN = 3;
const AREAS_SHOWN = 4;
const NEEDED = ["gauge", "camera", "incident", "task"] as const;

interface Chooses {
  readonly choose: (kind: "incident" | "camera" | "gauge", id: string) => void;
  readonly open: (list: List) => void;
}

export function Needs(props: Chooses): VNode {
  if (!NEEDED.every((kind) => loaded.value.has(kind))) return <Loading />;
  return (
    <div class="stack needs" id="needs">
      <header class="row apart nofold">
        <h2>{replay.value ? past("stateThen") : translate("needs")}</h2>
        <time class="huge figures">{timeOfDay(now.value)}</time>
      </header>
      <Water {...props} />
      <Flooded />
      <Undecided {...props} />
      <OverdueTasks {...props} />
      <Unverified {...props} />
      <Lost {...props} />
      <p class="small soft">{replay.value ? past("limitsNow") : translate("choose")}</p>
      {replay.value ? null : <PushSwitch />}
    </div>
  );
}

/** A heading with its figure, the first of what it counts, and the way to all of them. */
function Group(props: {
  title: string;
  of: number;
  more?: () => void;
  calm: string;
  children: ComponentChildren;
}): VNode {
  const { title, of, more, calm, children } = props;
  return (
    <section class="stack tight">
      <div class="row apart nofold">
        <h3>
          {title} {of > 0 ? <span class="figures">{number(of)}</span> : null}
        </h3>
        {more && of > SHOWN ? (
          <button type="button" class="button plain small" onClick={more}>
            {translate("all", { n: number(of) })}
          </button>
        ) : null}
      </div>
      {of === 0 ? (
        <p class="row nofold soft">
          <Icon name="check" /> {calm}
        </p>
      ) : (
        <ul class="list tight-list">{children}</ul>
      )}
    </section>
  );
}

function Water({ choose, open }: Chooses): VNode {
  const gauges = [...city.gauge.value.values()];
  const high = highOnes(gauges);
  const { calm, dead } = countGauges(gauges);
  return (
    <>
      {calm + high.length === 0 ? (
        <section class="stack tight">
          <h3>{translate("highWater")}</h3>
          <p class="row nofold warn">
            <StageMark stage={0} /> {translate("noWater")}
          </p>
        </section>
      ) : (
        <Group
          title={translate("highWater")}
          of={high.length}
          more={() => open("gauges")}
          calm={
            dead > 0
              ? translate("calmAndUnknown", { n: number(dead), calm: number(calm) })
              : translate("calmWater", { n: number(calm) })
          }
        >
          {high.slice(0, SHOWN).map((one) => (
            <li key={one.id}>
              <GaugeRow gauge={one} choose={() => choose("gauge", one.id)} />
            </li>
          ))}
        </Group>
      )}
      {dead > 0 && high.length > 0 ? <p class="small warn">{translate("deadToo", { n: number(dead) })}</p> : null}
    </>
  );
}

function GaugeRow({ gauge, choose }: { gauge: Gauge; choose: () => void }): VNode {
  const stage = stageOf(gauge);
  return (
    <button type="button" class={`card edge edge-${stage} room-row need`} onClick={choose}>
      <span class="row nofold">
        <StageMark stage={stage} />
        <span class="grow">
          <span class="strong">{gauge.name}</span> <span class="small">{stageWords(stage)}</span>
        </span>
        <Level gauge={gauge} />
      </span>
      <UnderName gauge={gauge} />
    </button>
  );
}

function Flooded(): VNode | null {
  const found = floodedOnes(city.flood_state.value.values());
  if (found.length === 0) return null;
  return (
    <section class="stack tight">
      <h3>
        {translate("flooded")} <span class="figures">{number(found.length)}</span>
      </h3>
      <ul class="list tight-list">
        {found.slice(0, AREAS_SHOWN).map((one) => (
          <li key={one.area_id} class="row apart">
            <span class="strong">{one.area_name}</span>
            <FloodBadge state={one.state} />
          </li>
        ))}
      </ul>
      {found.length > AREAS_SHOWN ? (
        <p class="small soft">{translate("moreAreas", { n: number(found.length - AREAS_SHOWN) })}</p>
      ) : null}
    </section>
  );
}

function Undecided({ choose, open }: Chooses): VNode {
  const incidents = undecidedOnes(city.incident.value.values());
  return (
    <Group
      title={translate("undecided")}
      of={incidents.length}
      more={() => open("incidents")}
      calm={translate("noneUndecided")}
    >
      {incidents.slice(0, SHOWN).map((one) => (
        <Need
          key={one.id}
          icon={one.category}
          edge={one.severity === "severe" ? 1 : 2}
          what={categoryWords(one.category)}
          where={one.area_name}
          why={`${taskStateWords(one.task_state ?? "open")} · ${ago(one.began_at, now.value)}`}
          figure={percent(one.confidence)}
          choose={() => choose("incident", one.id)}
        />
      ))}
    </Group>
  );
}

function Unverified({ choose }: Chooses): VNode | null {
  const done = unverifiedOnes(city.task.value.values(), now.value);
  if (done.length === 0) return null;
  return (
    <Group title={translate("unverified")} of={done.length} calm="">
      {done.slice(0, SHOWN).map((one) => (
        <Need
          key={one.id}
          icon={one.category}
          edge={0}
          what={categoryWords(one.category)}
          where={one.area_name}
          why={`${taskStateWords(one.state)} · ${ago(one.updated_at, now.value)}`}
          choose={() => choose("incident", one.incident_id)}
        />
      ))}
    </Group>
  );
}

function OverdueTasks({ choose, open }: Chooses): VNode {
  const overdue = runningTasks(city.task.value.values(), now.value).filter((one) => isOverdue(one, now.value));
  return (
    <Group
      title={translate("overdueTasks")}
      of={overdue.length}
      more={() => open("tasks")}
      calm={translate("noneOverdue")}
    >
      {overdue.slice(0, SHOWN).map((one) => (
        <Need
          key={one.id}
          icon={one.category}
          edge={1}
          what={categoryWords(one.category)}
          where={one.area_name}
          why={<TaskDeadline task={one} />}
          choose={() => choose("incident", one.incident_id)}
        />
      ))}
    </Group>
  );
}

function Lost({ choose, open }: Chooses): VNode | null {
  const lost = lostOnes(gapsOf(city.gauge.value.values(), city.camera.value.values()));
  if (lost.length === 0) return null;
  return (
    <Group title={translate("lost")} of={lost.length} more={() => open("coverage")} calm="">
      {lost.slice(0, SHOWN).map((one) => (
        <Need
          key={one.kind + one.id}
          icon={one.kind}
          edge={0}
          what={one.name}
          where={null}
          why={<span class="warn">{whyHole(one)}</span>}
          choose={() => choose(one.kind, one.id)}
        />
      ))}
    </Group>
  );
}

function Need(props: {
  icon: string;
  edge: 0 | 1 | 2;
  what: string;
  where: string | null | undefined;
  why: ComponentChildren;
  figure?: string;
  choose: () => void;
}): VNode {
  return (
    <li>
      <button type="button" class={`card edge edge-${props.edge} room-row need`} onClick={props.choose}>
        <span class="row nofold">
          <Icon name={props.icon} />
          <span class="grow">
            <span class="strong">{props.what}</span> {props.where ?? ""}
            <br />
            <span class="small soft">{props.why}</span>
          </span>
          {props.figure ? <span class="large figures nowrap">{props.figure}</span> : null}
        </span>
      </button>
    </li>
  );
}
