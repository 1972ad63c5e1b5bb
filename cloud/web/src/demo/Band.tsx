// The band over every page of a demo: nothing here is real. The tour is fetched only in a demo.

import type { ComponentType, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { number } from "../words/format";
import { setTourStep, tourStep } from "./demo";
import { riverSpeed } from "./speed";
import { translate } from "./words";

export function Band(): VNode | null {
  if (riverSpeed === null) return null;
  return (
    <aside class="demo-band" aria-label={translate("band")}>
      <span>{riverSpeed > 1 ? translate("bandSpeed", { n: number(riverSpeed) }) : translate("band")}</span>
      {tourStep.value === null ? (
        <button type="button" class="button" onClick={() => setTourStep(0)}>
          {translate("tour")}
        </button>
      ) : null}
    </aside>
  );
}

export function TourOfDemo(): VNode | null {
  const [Tour, setTour] = useState<ComponentType | null>(null);
  const isOpen = riverSpeed !== null && tourStep.value !== null;
  useEffect(() => {
    if (isOpen) void import("./Tour").then((found) => setTour(() => found.Tour)).catch(() => null);
  }, [isOpen]);
  return isOpen && Tour ? <Tour /> : null;
}
