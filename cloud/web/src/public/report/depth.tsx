// How deep the water stands, measured on one's own body: nobody carries a ruler.

import type { VNode } from "preact";
import { number } from "../../words/format";
import { translate } from "../words";

type Part = "ankle" | "knee" | "thigh" | "chest" | "higher";
/** In cm, as the other channels for reports have them (Open311). */
export const DEPTHS: readonly (readonly [part: Part, cm: number])[] = [
  ["ankle", 15],
  ["knee", 45],
  ["thigh", 65],
  ["chest", 120],
  ["higher", 160],
];
const TALL_CM = 170;

/** The part of the body that the water reaches. */
export function depthWords(cm: number): string {
  const [part] = DEPTHS.find(([, most]) => cm <= most) ?? ["higher"];
  return translate("depthOf", { part: translate(part as Part), cm: number(cm) });
}

interface DepthFieldProps {
  readonly value: number | null;
  readonly onValue: (cm: number | null) => void;
  /** Of the group, where a page has more than one. */
  readonly name?: string;
}

export function DepthField({ value, onValue, name = "depth" }: DepthFieldProps): VNode {
  return (
    <fieldset class="depths" id={name}>
      <legend>{translate("depth")}</legend>
      {DEPTHS.map(([part, cm]) => (
        <label key={part} class="choice depth">
          <Body cm={cm} />
          {translate(part)}
          <input type="radio" name={name} checked={value === cm} onChange={() => onValue(cm)} />
        </label>
      ))}
      <label class="choice depth">
        <Body cm={0} />
        {translate("depthUnknown")}
        <input type="radio" name={name} checked={value === null} onChange={() => onValue(null)} />
      </label>
    </fieldset>
  );
}

/** A grown-up of 170 cm in the water. */
function Body({ cm }: { cm: number }): VNode {
  const tall = 48;
  const deep = (cm / TALL_CM) * tall;
  return (
    <svg class="body" viewBox="0 0 32 48" aria-hidden="true">
      <circle cx="16" cy="5" r="4.500" />
      <path d="M10 11h12l2 15h-3l-1 21h-3.500l-.5-17-.5 17H12l-1-21H8z" />
      {cm > 0 ? <rect x="0" y={tall - deep} width="32" height={deep} /> : null}
    </svg>
  );
}
