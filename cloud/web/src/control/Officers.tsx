// Officers on duty: who, where last seen and when, how much in hand. Each look is on record, so it is asked seldom.

import { signal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { Empty } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { Table } from "../parts/table";
import { role } from "../session/session";
import { now } from "../shell/now";
import { ago, number } from "../words/format";
import { translate } from "./words";

type Officer = Schemas["OfficerOnDuty"];
const EVERY_MS = 60_000;
const OLD_MS = 15 * 60_000;

/** Those that the list shows now, for the map; empty while nobody looks at the list. */
export const shownOfficers = signal<readonly Officer[]>([]);

/** A position that is too old to send anybody by. */
const isOld = (one: Officer, at: number): boolean => !one.seen_at || at - Date.parse(one.seen_at) > OLD_MS;

export function OfficerList(): VNode {
  const officers = useLoad(() => request(api.GET("/api/v1/officers", {})), []);
  const agencies = useLoad(() => request(api.GET("/api/v1/agencies")), []);
  const names = new Map((agencies.data ?? []).map((one) => [one.id, one.name]));
  useEffect(() => {
    const timer = setInterval(() => document.hidden || officers.again(), EVERY_MS);
    return () => {
      clearInterval(timer);
      shownOfficers.value = [];
    };
  }, [officers.again]);
  useEffect(() => {
    shownOfficers.value = officers.data ?? [];
  }, [officers.data]);
  return (
    <Shown of={officers}>
      {(list) => (
        <div class="stack tight" id="officers">
          <p class="small soft">{translate("lookOnRecord")}</p>
          {role.value === "leader" ? <p class="small soft">{translate("onlyWhoAgreed")}</p> : null}
          {list.length === 0 ? (
            <Empty>{translate("nobodyOnDuty")}</Empty>
          ) : (
            <OfficerTable officers={list} names={names} />
          )}
        </div>
      )}
    </Shown>
  );
}

function OfficerTable(props: { officers: readonly Officer[]; names: ReadonlyMap<string, string> }): VNode {
  const { officers, names } = props;
  return (
    <Table
      caption={translate("officers")}
      rows={officers}
      keyOf={(one) => one.user_id}
      columns={[
        {
          id: "name",
          head: translate("assignee"),
          cell: (one) => (
            <>
              {one.name}
              <br />
              <span class="small soft">{names.get(one.agency_id ?? "") ?? one.agency_id ?? ""}</span>
            </>
          ),
          sortBy: (one) => one.name,
        },
        {
          id: "seen",
          head: translate("lastSeen"),
          cell: (one) => (
            <span class={isOld(one, now.value) ? "warn" : ""}>
              {one.seen_at ? ago(one.seen_at, now.value) : translate("noPosition")}
            </span>
          ),
          sortBy: (one) => one.seen_at ?? "",
        },
        {
          id: "load",
          head: translate("load"),
          isNumber: true,
          cell: (one) => number(one.tasks),
          sortBy: (one) => one.tasks,
        },
      ]}
    />
  );
}
