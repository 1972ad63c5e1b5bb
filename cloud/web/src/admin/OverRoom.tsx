// A line for each hour in which a node's refused messages were counted and not stored.

import type { VNode } from "preact";
import { api, request } from "../api/client";
import { Banner } from "../parts/layout";
import { useLoad } from "../parts/load";
import { dateAndTime, number } from "../words/format";
import { translate } from "./words";

const SHOWN = 5;

export function OverRoom(): VNode | null {
  const found = useLoad(
    () => request(api.GET("/api/v1/admin/dead-letters/over-room", { params: { query: { limit: SHOWN } } })),
    [],
  );
  if (!found.data || found.data.length === 0) return null;
  return (
    <Banner kind="warn">
      {found.data.map((one) => (
        <p key={`${one.sender} ${one.hour}`}>
          {translate("overRoom", {
            node: one.sender || translate("unnamedSender"),
            n: number(one.counted),
            t: dateAndTime(one.hour),
            reason: one.last_reason,
          })}
        </p>
      ))}
    </Banner>
  );
}
