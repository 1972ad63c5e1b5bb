// What must be refused: a line of these without an error would mean that the check sees nothing.
import type { AnyPanel, Built } from "./wire.js";

declare const rest: Omit<Extract<AnyPanel, { type: "timeseries" }>, "options" | "type">;
// @ts-expect-error there is no such placement of a legend
export const placed: AnyPanel = { ...rest, type: "timeseries", options: { legend: { placement: "middle" } } };
// @ts-expect-error there is no such option
export const optioned: AnyPanel = { ...rest, type: "timeseries", options: { lengend: {} } };
declare const dashboard: Built;
// @ts-expect-error a number where words belong
export const titled: Built = { ...dashboard, title: 7 };
