// Several of a few: boxes to tick, with a legend.

import type { VNode } from "preact";

export function Checks<T extends string>(props: {
  legend: string;
  hint?: string;
  options: readonly (readonly [value: T, words: string])[];
  chosen: readonly T[];
  onChosen: (chosen: T[]) => void;
}): VNode {
  const { legend, hint, options, chosen, onChosen } = props;
  const toggle = (value: T, on: boolean): void =>
    // in the order of the options, so that the same choice is the same text
    onChosen(options.map(([one]) => one).filter((one) => (one === value ? on : chosen.includes(one))));
  return (
    <fieldset class="stack tight plain">
      <legend class="strong">{legend}</legend>
      {hint ? <p class="small soft">{hint}</p> : null}
      <div class="checks">
        {options.map(([value, words]) => (
          <label key={value} class="check">
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={(event) => toggle(value, event.currentTarget.checked)}
            />
            {words}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
