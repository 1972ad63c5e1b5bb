// A hydrograph: the level as measured, the hours ahead with their band, and the limits that matter.

import type { VNode } from "preact";
import type { Schemas } from "../api/client";
import { stageWords } from "../words/field";
import { clock, number } from "../words/say";

interface HydrographProps {
  readonly readings: readonly Schemas["Reading"][];
  readonly ahead: readonly Schemas["ForecastPoint"][];
  readonly limits: readonly (readonly [stage: number, cm: number | null])[];
  readonly label: string;
}

const WIDTH = 640;
const HEIGHT = 240;
const EDGE = { left: 8, right: 8, top: 14, bottom: 24 };

export function Hydrograph({ readings, ahead, limits, label }: HydrographProps): VNode | null {
  const points = readings.filter((one): one is typeof one & { level_cm: number } => one.level_cm !== null);
  const first = points[0];
  const last = points[points.length - 1];
  if (!first || !last || points.length < 2) return null;
  const levels = [...points.map((one) => one.level_cm), ...ahead.flatMap((one) => [one.low_cm, one.high_cm])];
  const near = limits.filter(
    (one): one is readonly [number, number] => one[1] !== null && one[1] < Math.max(...levels) * 1.3 + 30,
  );
  const low = Math.min(...levels);
  const high = Math.max(...levels, ...near.map(([, cm]) => cm));
  const start = Date.parse(first.measured_at);
  const end = Math.max(Date.parse(last.measured_at), ...ahead.map((one) => Date.parse(one.at)));
  const x = (at: string): number =>
    EDGE.left + ((Date.parse(at) - start) / Math.max(1, end - start)) * (WIDTH - EDGE.left - EDGE.right);
  const y = (cm: number): number =>
    HEIGHT - EDGE.bottom - ((cm - low) / Math.max(1, high - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const line = (spots: readonly (readonly [string, number])[]): string =>
    spots.map(([at, cm]) => `${x(at).toFixed(1)},${y(cm).toFixed(1)}`).join(" ");
  const band = [
    ...ahead.map((one) => [one.at, one.high_cm] as const),
    ...[...ahead].reverse().map((one) => [one.at, one.low_cm] as const),
  ];
  return (
    <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {near.map(([stage, cm]) => (
        <g key={stage}>
          <line class={`limit limit-${stage}`} x1={EDGE.left} x2={WIDTH - EDGE.right} y1={y(cm)} y2={y(cm)} />
          <text x={EDGE.left + 2} y={y(cm) - 4}>
            {stageWords(stage)} · {number(cm)} cm
          </text>
        </g>
      ))}
      {band.length > 0 ? <polygon class="band" points={line(band)} /> : null}
      <polyline class="level" points={line(points.map((one) => [one.measured_at, one.level_cm]))} />
      {ahead.length > 0 ? (
        <polyline
          class="ahead"
          points={line([[last.measured_at, last.level_cm], ...ahead.map((one) => [one.at, one.level_cm] as const)])}
        />
      ) : null}
      <line class="now" x1={x(last.measured_at)} x2={x(last.measured_at)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />
      <line class="axis" x1={EDGE.left} x2={WIDTH - EDGE.right} y1={HEIGHT - EDGE.bottom} y2={HEIGHT - EDGE.bottom} />
      <text x={EDGE.left} y={HEIGHT - 6}>
        {clock(start)}
      </text>
      <text x={Math.min(x(last.measured_at), WIDTH - 60)} y={HEIGHT - 6} text-anchor="middle">
        {clock(last.measured_at)}
      </text>
      {ahead.length > 0 ? (
        <text x={WIDTH - EDGE.right} y={HEIGHT - 6} text-anchor="end">
          {clock(end)}
        </text>
      ) : null}
    </svg>
  );
}
