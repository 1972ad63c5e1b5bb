// Who is at work now: the own officers, those on duty first, what is in their hands, and the way to all of them.

import type { VNode } from "preact";
import { api, request, type Schemas } from "../api/client";
import { Empty } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { now } from "../shell/now";
import { ago, number } from "../words/format";
import { type AreaQuery, linkTo, useTaskChanges } from "./field";
import { translate } from "./words";

type Officer = Schemas["OfficerFigures"];
const MOST = 6;

export function Crew({ area }: { area: AreaQuery }): VNode {
  const changes = useTaskChanges();
  const officers = useLoad(
    () => request(api.GET("/api/v1/heads/officers", { params: { query: area } })),
    [area.area, changes],
  );
  return (
    <section class="card" id="crew">
      <h2>{translate("ownOfficers")}</h2>
      <Shown of={officers}>{(all) => <People own={all.filter((one) => one.is_own)} area={area} />}</Shown>
    </section>
  );
}

function People({ own, area }: { own: readonly Officer[]; area: AreaQuery }): VNode {
  if (own.length === 0) return <Empty>{translate("noCrew")}</Empty>;
  const onDuty = own.filter((one) => one.on_duty_since !== null);
  const shown = [...onDuty, ...own.filter((one) => one.on_duty_since === null)].slice(0, MOST);
  return (
    <>
      <p>{translate("crewOnDuty", { n: number(onDuty.length), all: number(own.length) })}</p>
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
        <a href={linkTo("/officers", area)}>{translate("allOfficers")}</a>
      </p>
    </>
  );
}

export function dutyWords(one: Officer): string {
  return one.on_duty_since ? translate("onDuty", { t: ago(one.on_duty_since, now.value) }) : translate("offDuty");
}

function handWords(one: Officer): VNode {
  if (one.tasks_now === 0) return <>{translate("free")}</>;
  return (
    <>
      {translate("busy", { n: number(one.tasks_now) })}
      {one.overdue_now > 0 ? <span class="bad"> {translate("overdueOf", { n: number(one.overdue_now) })}</span> : null}
    </>
  );
}
