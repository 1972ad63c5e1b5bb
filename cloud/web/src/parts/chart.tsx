// A hydrograph: the level as measured, the hours ahead with their band, the limits that matter, and where nothing is
// known. A pointer or the arrow keys say each value.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Schemas } from "../api/client";
import { now } from "../shell/now";
import { stageWords, translate } from "../words/field";
import { dateAndTime, number, timeOfDay } from "../words/format";
import { type Known, knownOf, nearest, runsOf } from "./levels";

type Ahead = Schemas["ForecastPoint"];
interface HydrographProps {
  readonly readings: readonly Schemas["Reading"][];
  readonly ahead: readonly Ahead[];
  readonly limits: readonly (readonly [stage: number, cm: number | null])[];
  readonly label: string;
}

const WIDTH = 640;
const HEIGHT = 240;
const EDGE = { left: 8, right: 8, top: 14, bottom: 24 };
const TEXT_ROOM = 28;
const JUMP = 10;

interface Frame {
  readonly x: (ms: number) => number;
  readonly y: (cm: number) => number;
  readonly from: number;
  readonly to: number;
}

export function Hydrograph({ readings, ahead, limits, label }: HydrographProps): VNode | null {
  const [chosen, choose] = useState<number | null>(null);
  const known = knownOf(readings);
  const last = known[known.length - 1];
  if (!last || known.length < 2) return null;
  const near = nearLimits(known, ahead, limits);
  const frame = frameOf(known, ahead, near);
  const lastAt = Date.parse(last.at);
  const { runs, gaps } = runsOf(known, Math.min(frame.to, now.value));
  const spots = [...known.map((one) => ({ ...one, band: "" })), ...ahead.map(spotAhead)];
  const moments = spots.map((one) => Date.parse(one.at));
  const spot = chosen === null ? undefined : spots[chosen];
  const onKey = (event: KeyboardEvent): void => {
    const next = steppedBy(event.key, chosen ?? known.length - 1, spots.length);
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
  };
  const onMove = (event: PointerEvent): void => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width) * WIDTH - EDGE.left;
    choose(nearest(moments, frame.from + (share / (WIDTH - EDGE.left - EDGE.right)) * (frame.to - frame.from)));
  };
  return (
    <div class="chart-box">
      <svg
        class="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read its values
        tabIndex={0}
        onKeyDown={onKey}
        onPointerMove={onMove}
        onPointerDown={onMove}
        onPointerLeave={() => choose(null)}
        onBlur={() => choose(null)}
      >
        {gaps.map((gap) => (
          <Unknown key={gap.from} from={frame.x(gap.from)} to={frame.x(gap.to)} />
        ))}
        {near.map(([stage, cm]) => (
          <Limit key={stage} stage={stage} cm={cm} y={frame.y(cm)} />
        ))}
        {ahead.length > 0 ? <polygon class="band" points={band(ahead, frame)} /> : null}
        {runs.map((run) => (
          <polyline key={run[0]?.at} class="level" points={line(run, frame)} />
        ))}
        {ahead.length > 0 ? <polyline class="ahead" points={line([last, ...ahead.map(spotAhead)], frame)} /> : null}
        <line class="now" x1={frame.x(lastAt)} x2={frame.x(lastAt)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />
        <Axis frame={frame} lastAt={lastAt} hasAhead={ahead.length > 0} />
        {spot ? <Cursor x={frame.x(Date.parse(spot.at))} y={frame.y(spot.cm)} /> : null}
      </svg>
      <p class="chart-said small figures" aria-live="polite">
        {spot ? `${dateAndTime(spot.at)} · ${number(spot.cm)} cm${spot.band}` : translate("chartHelp")}
      </p>
    </div>
  );
}

const spotAhead = (one: Ahead): Known & { band: string } => ({
  at: one.at,
  cm: one.level_cm,
  band: ` (${number(one.low_cm)}–${number(one.high_cm)})`,
});

type Near = readonly (readonly [stage: number, cm: number])[];

/** Limits within sight of the levels; one far above would press the line flat. */
function nearLimits(known: readonly Known[], ahead: readonly Ahead[], limits: HydrographProps["limits"]): Near {
  const most = Math.max(...known.map((one) => one.cm), ...ahead.map((one) => one.high_cm));
  return limits.filter((one): one is readonly [number, number] => one[1] !== null && one[1] < most * 1.3 + 30);
}

function frameOf(known: readonly Known[], ahead: readonly Ahead[], near: Near): Frame {
  const levels = [...known.map((one) => one.cm), ...ahead.flatMap((one) => [one.low_cm, one.high_cm])];
  const low = Math.min(...levels);
  const high = Math.max(...levels, ...near.map(([, cm]) => cm));
  const moments = [...known, ...ahead].map((one) => Date.parse(one.at));
  const from = Math.min(...moments);
  const to = Math.max(...moments, Math.min(now.value, (moments[0] ?? 0) + 86_400_000 * 2));
  const wide = WIDTH - EDGE.left - EDGE.right;
  const tall = HEIGHT - EDGE.top - EDGE.bottom;
  return {
    from,
    to,
    x: (ms) => EDGE.left + ((ms - from) / Math.max(1, to - from)) * wide,
    y: (cm) => HEIGHT - EDGE.bottom - ((cm - low) / Math.max(1, high - low)) * tall,
  };
}

const line = (spots: readonly Known[], { x, y }: Frame): string =>
  spots.map((one) => `${x(Date.parse(one.at)).toFixed(1)},${y(one.cm).toFixed(1)}`).join(" ");

const band = (ahead: readonly Ahead[], frame: Frame): string =>
  line(
    [
      ...ahead.map((one) => ({ at: one.at, cm: one.high_cm })),
      ...[...ahead].reverse().map((one) => ({ at: one.at, cm: one.low_cm })),
    ],
    frame,
  );

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -JUMP, PageDown: JUMP };

function steppedBy(key: string, at: number, count: number): number | undefined {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = STEPS[key];
  return step === undefined ? undefined : Math.max(0, Math.min(count - 1, at + step));
}

function Limit({ stage, cm, y }: { stage: number; cm: number; y: number }): VNode {
  // The words of the topmost limit stand under its line, where they are not cut off.
  const isTop = y < TEXT_ROOM;
  return (
    <g>
      <line class={`limit limit-${stage}`} x1={EDGE.left} x2={WIDTH - EDGE.right} y1={y} y2={y} />
      <text x={EDGE.left + 2} y={isTop ? y + 3 : y - 4} class={isTop ? "under" : undefined}>
        {stageWords(stage)} · {number(cm)} cm
      </text>
    </g>
  );
}

function Unknown({ from, to }: { from: number; to: number }): VNode {
  return (
    <g class="unknown">
      <rect x={from} y={EDGE.top} width={Math.max(1, to - from)} height={HEIGHT - EDGE.top - EDGE.bottom} />
      {to - from > 90 ? (
        <text x={(from + to) / 2} y={HEIGHT - EDGE.bottom - 8} text-anchor="middle">
          {translate("unknownHere")}
        </text>
      ) : null}
    </g>
  );
}

function Cursor({ x, y }: { x: number; y: number }): VNode {
  return (
    <g class="cursor">
      <line x1={x} x2={x} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />
      <circle cx={x} cy={y} r={5} />
    </g>
  );
}

function Axis({ frame, lastAt, hasAhead }: { frame: Frame; lastAt: number; hasAhead: boolean }): VNode {
  return (
    <>
      <line class="axis" x1={EDGE.left} x2={WIDTH - EDGE.right} y1={HEIGHT - EDGE.bottom} y2={HEIGHT - EDGE.bottom} />
      <text x={EDGE.left} y={HEIGHT - 6}>
        {timeOfDay(frame.from)}
      </text>
      <text x={Math.max(120, Math.min(frame.x(lastAt), WIDTH - 60))} y={HEIGHT - 6} text-anchor="middle">
        {timeOfDay(lastAt)}
      </text>
      {hasAhead ? (
        <text x={WIDTH - EDGE.right} y={HEIGHT - 6} text-anchor="end">
          {timeOfDay(frame.to)}
        </text>
      ) : null}
    </>
  );
}
