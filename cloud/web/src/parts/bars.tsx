// Bars and lines over months. What is distinguished by colour is also distinguished by pattern and shape, so that it is
// read by colour-blind eyes and on black-and-white paper.

import type { VNode } from "preact";
import { useId } from "preact/hooks";
import { number } from "../words/format";

const WIDTH = 640;
const HEIGHT = 240;
const EDGE = { left: 66, right: 12, top: 12, bottom: 34 };
const INNER = { width: WIDTH - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
export type Look = "full" | "hatched" | "hollow";

interface Stack {
  readonly label: string;
  /** From the ground up, in the order of `looks`. */
  readonly values: readonly number[];
}

/** The next round number at or above, whose half is round too. */
function roundUp(value: number): number {
  if (value <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 6, 8, 10].find((one) => one * power >= value) ?? 10) * power;
}

function Grid({ top, words }: { top: number; words: (value: number) => string }): VNode {
  return (
    <g>
      {[0, top / 2, top].map((value) => {
        const y = EDGE.top + INNER.height * (1 - value / top);
        return (
          <g key={value}>
            <line class="axis" x1={EDGE.left} x2={WIDTH - EDGE.right} y1={y} y2={y} />
            <text x={EDGE.left - 6} y={y + 4} text-anchor="end">
              {words(value)}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function Hatching({ id }: { id: string }): VNode {
  return (
    <defs>
      <pattern id={id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch-ground" width="6" height="6" />
        <rect class="hatch-line" width="3" height="6" />
      </pattern>
    </defs>
  );
}

/** Bars by month, stacked. */
export function StackedBars(props: { stacks: readonly Stack[]; looks: readonly Look[]; label: string }): VNode {
  const { stacks, looks, label } = props;
  const id = useId();
  const top = roundUp(Math.max(...stacks.map((one) => one.values.reduce((a, b) => a + b, 0)), 1));
  const slot = INNER.width / Math.max(1, stacks.length);
  return (
    <svg class="chart bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <Hatching id={`${id}-hatch`} />
      <Grid top={top} words={(value) => number(value)} />
      {stacks.map((one, index) => (
        <g key={one.label + index}>
          <Column
            stack={one}
            looks={looks}
            top={top}
            x={EDGE.left + slot * (index + 0.16)}
            width={slot * 0.68}
            id={id}
          />
          <text x={EDGE.left + slot * (index + 0.5)} y={HEIGHT - 10} text-anchor="middle">
            {one.label}
          </text>
        </g>
      ))}
    </svg>
  );
}

function Column(props: {
  stack: Stack;
  looks: readonly Look[];
  top: number;
  x: number;
  width: number;
  id: string;
}): VNode {
  const { stack, looks, top, x, width, id } = props;
  let ground = HEIGHT - EDGE.bottom;
  return (
    <g>
      {stack.values.map((value, index) => {
        const height = (INNER.height * value) / top;
        ground -= height;
        const look = looks[index] ?? "full";
        const fill = look === "hatched" ? { fill: `url(#${id}-hatch)` } : {};
        return value > 0 ? (
          <rect key={look} class={`bar ${look}`} x={x} y={ground} width={width} height={height} {...fill} />
        ) : null;
      })}
    </g>
  );
}

/** What the bars mean. */
export function BarLegend({ items }: { items: readonly (readonly [Look, string])[] }): VNode {
  const id = useId();
  return (
    <ul class="chart-legend row small">
      {items.map(([look, words]) => (
        <li key={look} class="row nofold">
          <svg class="bars swatch" viewBox="0 0 18 14" aria-hidden="true">
            <Hatching id={`${id}-hatch`} />
            <rect
              class={`bar ${look}`}
              x="1"
              y="1"
              width="16"
              height="12"
              {...(look === "hatched" ? { fill: `url(#${id}-hatch)` } : {})}
            />
          </svg>
          {words}
        </li>
      ))}
    </ul>
  );
}

export interface Line {
  readonly words: string;
  readonly look: "solid" | "dashed";
  /** Shares 0 to 1; null: not known, and the line breaks there. */
  readonly values: readonly (number | null)[];
}

/** Shares by month: one line with dots, one dashed with squares. */
export function ShareLines(props: { labels: readonly string[]; lines: readonly Line[]; label: string }): VNode {
  const { labels, lines, label } = props;
  const slot = INNER.width / Math.max(1, labels.length);
  const x = (index: number): number => EDGE.left + slot * (index + 0.5);
  const y = (share: number): number => EDGE.top + INNER.height * (1 - share);
  return (
    <svg class="chart lines" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <Grid top={100} words={(value) => `${number(value)} %`} />
      {labels.map((one, index) => (
        <text key={one + index} x={x(index)} y={HEIGHT - 10} text-anchor="middle">
          {one}
        </text>
      ))}
      {lines.map((one) => (
        <g key={one.words} class={one.look}>
          {runs(one.values).map((run) => (
            <polyline key={run[0]?.[0]} points={run.map(([at, share]) => `${x(at)},${y(share)}`).join(" ")} />
          ))}
          {one.values.map((share, index) =>
            share === null ? null : <Dot key={labels[index]} look={one.look} x={x(index)} y={y(share)} />,
          )}
        </g>
      ))}
    </svg>
  );
}

function Dot({ look, x, y }: { look: Line["look"]; x: number; y: number }): VNode {
  return look === "solid" ? <circle cx={x} cy={y} r={4.5} /> : <rect x={x - 4.5} y={y - 4.5} width={9} height={9} />;
}

/** The stretches of a line between unknown values. */
export function runs(values: readonly (number | null)[]): (readonly [number, number])[][] {
  const found: (readonly [number, number])[][] = [[]];
  values.forEach((value, index) => {
    if (value === null) found.push([]);
    else found[found.length - 1]?.push([index, value]);
  });
  return found.filter((run) => run.length > 0);
}

export function LineLegend({ lines }: { lines: readonly Line[] }): VNode {
  return (
    <ul class="chart-legend row small">
      {lines.map((one) => (
        <li key={one.words} class="row nofold">
          <svg class="lines swatch" viewBox="0 0 28 14" aria-hidden="true">
            <g class={one.look}>
              <polyline points="1,7 27,7" />
              <Dot look={one.look} x={14} y={7} />
            </g>
          </svg>
          {one.words}
        </li>
      ))}
    </ul>
  );
}

/** Small bars in a row of their own, the newest last: for a list of kinds, all on one scale. */
export function SparkBars({ values, top, label }: { values: readonly number[]; top: number; label: string }): VNode {
  const width = 100 / Math.max(1, values.length);
  return (
    <svg class="chart spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label={label}>
      <line class="axis" x1="0" x2="100" y1="23.5" y2="23.5" />
      {values.map((value, index) => {
        const height = top > 0 ? (22 * value) / top : 0;
        return (
          <rect
            key={index}
            class={`bar full${index === values.length - 1 ? "" : " past"}`}
            x={index * width + width * 0.12}
            y={23 - height}
            width={width * 0.76}
            height={height}
          />
        );
      })}
    </svg>
  );
}

/** A share as a bar beside its figure. */
export function ShareBar({ share }: { share: number | null }): VNode | null {
  if (share === null) return null;
  return (
    <svg class="chart share-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="rest" width="100" height="8" />
      <rect class="bar full" width={Math.min(100, share * 100)} height="8" />
    </svg>
  );
}
