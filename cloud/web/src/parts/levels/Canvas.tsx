// The chart itself: read by a pointer or the arrow keys, zoomed and moved by buttons, keys, a mouse or fingers.

import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { shownTheme } from "../../shell/theme";
import { dateAndTime, number } from "../../words/format";
import { language } from "../../words/language";
import { Icon } from "../icons";
import { type Ahead, columnsOf, type Limits, type Sample } from "./frame";
import { type Gap, nearest } from "./known";
import { drawPlot, type Plot } from "./plot";
import type { Period } from "./ranges";
import { translate } from "./words";

interface CanvasProps {
  readonly samples: readonly Sample[];
  readonly ahead: readonly Ahead[];
  readonly others: readonly (readonly Sample[])[];
  readonly limits: Limits;
  readonly period: Period;
  readonly gaps: readonly Gap[];
  readonly label: string;
}

const JUMP = 10;
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -JUMP, PageDown: JUMP };
const ZOOM = 0.6;
const ZOOMS: Readonly<Record<string, number>> = { "+": ZOOM, "=": ZOOM, "-": 1 / ZOOM };

export function Canvas(props: CanvasProps): VNode {
  const { samples, ahead, others, limits, period, gaps, label } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const zoomed = useRef<{ readonly of: number; readonly seen: Period } | null>(null);
  const [chosen, choose] = useState<number | null>(null);
  const spots = useMemo(() => [...samples, ...ahead.map(spotAhead)], [samples, ahead]);
  const until = gaps[gaps.length - 1]?.to ?? 0;
  const key = [samples, ahead, others, language.value, shownTheme.value];
  useEffect(() => {
    const target = box.current;
    if (!target) return;
    const end = ahead[ahead.length - 1];
    const drawn = drawPlot(
      target,
      {
        columns: columnsOf(samples, ahead, others, until),
        period: { from: period.from, to: end ? Math.max(period.to, Date.parse(end.at)) : period.to },
        limits,
        gaps,
        lastAt: ahead.length > 0 ? (samples[samples.length - 1]?.at ?? null) : null,
      },
      (at) =>
        choose(
          nearest(
            spots.map((one) => one.at),
            at,
          ),
        ),
    );
    plot.current = drawn;
    // New readings must not take away what somebody is looking at.
    const length = period.to - period.from;
    if (zoomed.current?.of === length) drawn.show(zoomed.current.seen);
    const sized = new ResizeObserver(() => drawn.resize(target.clientWidth, target.clientHeight));
    sized.observe(target);
    return () => {
      sized.disconnect();
      const seen = drawn.seen();
      zoomed.current = seen && { of: length, seen };
      drawn.destroy();
      plot.current = null;
    };
  }, key);
  const read = (index: number): void => {
    const spot = spots[index];
    if (spot) plot.current?.mark(spot.at, spot.cm);
    choose(index);
  };
  const onKey = (event: KeyboardEvent): void => {
    const zoom = ZOOMS[event.key];
    const next = steppedBy(event.key, chosen ?? samples.length - 1, spots.length);
    if (zoom !== undefined) plot.current?.zoom(zoom);
    else if (event.shiftKey && (STEPS[event.key] ?? 0) !== 0) plot.current?.pan(Math.sign(STEPS[event.key] ?? 0) / 4);
    else if (next !== undefined) read(next);
    else return;
    event.preventDefault();
  };
  const spot = chosen === null ? undefined : spots[chosen];
  return (
    <div class="chart-box">
      <div class="row chart-tools">
        <ZoomButton icon="report" words={translate("zoomIn")} press={() => plot.current?.zoom(ZOOM)} />
        <ZoomButton icon="minus" words={translate("zoomOut")} press={() => plot.current?.zoom(1 / ZOOM)} />
        <ZoomButton icon="refresh" words={translate("zoomReset")} press={() => plot.current?.reset()} />
      </div>
      <div
        class="level-plot"
        ref={box}
        role="img"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read its values
        tabIndex={0}
        onKeyDown={onKey}
        onPointerLeave={() => choose(null)}
        onBlur={() => choose(null)}
      />
      <p class="chart-said small figures" aria-live="polite">
        {spot ? `${dateAndTime(spot.at)} · ${number(spot.cm)} cm${spreadWords(spot)}` : translate("help")}
      </p>
    </div>
  );
}

function ZoomButton({ icon, words, press }: { icon: string; words: string; press: () => void }): VNode {
  return (
    <button type="button" class="button plain square" aria-label={words} title={words} onClick={press}>
      <Icon name={icon} />
    </button>
  );
}

const spotAhead = (one: Ahead): Sample => ({
  at: Date.parse(one.at),
  cm: one.level_cm,
  low: one.low_cm,
  high: one.high_cm,
});

/** An average never hides its extremes and its count. */
function spreadWords({ low, high, count }: Sample): string {
  if (low === undefined || high === undefined) return "";
  const params = { low: number(low), high: number(high) };
  return count === undefined
    ? ` (${params.low}–${params.high})`
    : ` (${translate("ofCount", { ...params, n: number(count) })})`;
}

function steppedBy(key: string, at: number, count: number): number | undefined {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = STEPS[key];
  return step === undefined ? undefined : Math.max(0, Math.min(count - 1, at + step));
}
