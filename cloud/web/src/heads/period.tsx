// How far back figures are looked at.

import type { VNode } from "preact";
import { SelectField } from "../parts/form";
import { translate } from "./words";

const DAY_MS = 86_400_000;
const PERIODS = ["7", "30", "90", "365"] as const;
export type Period = (typeof PERIODS)[number];

/** Begins at midnight, so that the same question has the same address all day. */
export const beginOf = (days: Period): string =>
  new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - Number(days) * DAY_MS).toISOString();

export function PeriodField({ value, onValue }: { value: Period; onValue: (period: Period) => void }): VNode {
  return (
    <SelectField
      label={translate("period")}
      value={value}
      onValue={onValue}
      options={PERIODS.map((one) => [one, translate("lastDays", { n: one })] as const)}
    />
  );
}
