// Who is at work now: the own officers, those on duty first, what is in their hands, and the way to all of them.

import type { VNode } from "preact";
import { api, ask, type Schemas } from "../api/client";
import { Empty } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { now } from "../shell/now";
import { ago, number } from "../words/say";
import { type Asked, useTaskChanges, way } from "./field";
import { say } from "./words";

type Officer = Schemas["OfficerFigures"];
const MOST = 6;

export function Crew({ asked }: { asked: Asked }): VNode {
  const changes = useTaskChanges();
  const officers = useLoad(
    () => ask(api.GET("/api/v1/heads/officers", { params: { query: asked } })),
    [asked.area, changes],
  );
  return (
    <section class="card" id="crew">
      <h2>{say("ownOfficers")}</h2>
      <Shown of={officers}>{(all) => <People own={all.filter((one) => one.is_own)} asked={asked} />}</Shown>
    </section>
  );
}

function People({ own, asked }: { own: readonly Officer[]; asked: Asked }): VNode {
  if (own.length === 0) return <Empty>{say("noCrew")}</Empty>;
  const onDuty = own.filter((one) => one.on_duty_since !== null);
  const shown = [...onDuty, ...own.filter((one) => one.on_duty_since === null)].slice(0, MOST);
  return (
    <>
      <p>{say("crewOnDuty", { n: number(onDuty.length), all: number(own.length) })}</p>
      <ul class="list">
        {shown.map((one) => (
          <li key={one.user_id} class="row apart crew-row">
            <span>
              <span class="strong">{one.name}</span>
              <br />
              <span class="small soft">{one.area_name ?? one.agency_name}</span>
            </span>
            <span class="small">
              <span class={one.on_duty_since ? "good" : "soft"}>{dutyWords(one)}</span>
              <br />
              {handWords(one)}
            </span>
          </li>
        ))}
      </ul>
      <p>
        <a href={way("/officers", asked)}>{say("allOfficers")}</a>
      </p>
    </>
  );
}

export function dutyWords(one: Officer): string {
  return one.on_duty_since ? say("onDuty", { t: ago(one.on_duty_since, now.value) }) : say("offDuty");
}

function handWords(one: Officer): VNode {
  if (one.tasks_now === 0) return <>{say("free")}</>;
  return (
    <>
      {say("busy", { n: number(one.tasks_now) })}
      {one.overdue_now > 0 ? <span class="bad"> {say("lateOf", { n: number(one.overdue_now) })}</span> : null}
    </>
  );
}
