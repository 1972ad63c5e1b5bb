// Which rain and tide a forecast uses, in words.

import type { Schemas } from "../api/client";
import { translate } from "./words";

type Basis = Pick<Schemas["Forecast"], "points"> & Partial<Pick<Schemas["Forecast"], "inputs">>;

/** What is used, or which of it is missing; nothing where the city lists none. A file of an older publisher has none. */
export function inputsOf({ points, inputs = [] }: Basis): readonly string[] {
  if (points.length === 0) return [];
  const used = inputs.filter((one) => one.used);
  const unknown = inputs.filter((one) => one.unknown);
  if (used.length > 0) return [translate("usesInputs", { names: named(used) })];
  return unknown.length > 0 ? [translate("withoutInputs", { names: named(unknown) })] : [];
}

const named = (inputs: readonly Schemas["ForecastInput"][]): string =>
  inputs.map(({ kind, name }) => translate(kind === "rain" ? "rainAt" : "tideAt", { name })).join(", ");
