// The drawing of a chart of levels with uPlot: axes, limits, bands, gaps, and zooming and moving by mouse, touch and keys.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { stageWords } from "../../words/field";
import { number } from "../../words/format";
import { language } from "../../words/language";
import { DASHES } from "./dashes";
import { type Columns, type Limits, levelRange, nearLimits } from "./frame";
import type { Gap } from "./known";
import { byFingers, moved, type Period, scaled, within } from "./ranges";
import { translate } from "./words";

export interface ChartContent {
  readonly columns: Columns;
  /** What the chart spans, the forecast included. */
  readonly period: Period;
  readonly limits: Limits;
  readonly gaps: readonly Gap[];
  /** Where what is measured ends. */
  readonly lastAt: number | null;
}

export interface Plot {
  readonly zoom: (factor: number) => void;
  /** By a share of what is seen. */
  readonly pan: (share: number) => void;
  readonly reset: () => void;
  /** What is seen; null where that is everything. */
  readonly seen: () => Period | null;
  readonly show: (seen: Period) => void;
  /** Shows a time and level as read. */
  readonly mark: (at: number, cm: number) => void;
  readonly resize: (width: number, height: number) => void;
  readonly destroy: () => void;
}

const COMPARED = ["--warn", "--good", "--bad"] as const;
const FORECAST_DASH = [5, 5];
const DAY_SECONDS = 86_400;

/** `onPoint`: the time under a pointer. */
export function drawPlot(box: HTMLElement, content: ChartContent, onPoint: (at: number) => void): Plot {
  const { clientWidth, clientHeight } = box;
  const plot = new uPlot(
    { ...optionsOf(box, content, onPoint), width: Math.max(200, clientWidth), height: Math.max(160, clientHeight) },
    dataOf(content.columns),
    box,
  );
  const seen = (): Period => seenOf(plot);
  const show = (wanted: Period): void => {
    const { from, to } = within(content.period, wanted);
    plot.setScale("x", { min: from / 1000, max: to / 1000 });
  };
  followTouch(plot, seen, show);
  return {
    zoom: (factor) => show(scaled(seen(), factor)),
    pan: (share) => show(moved(seen(), share)),
    reset: () => show(content.period),
    seen: () => (isPart(seen(), content.period) ? seen() : null),
    show,
    mark: (at, cm) => plot.setCursor({ left: plot.valToPos(at / 1000, "x"), top: plot.valToPos(cm, "y") }, false),
    resize: (width, height) => plot.setSize({ width, height }),
    destroy: () => plot.destroy(),
  };
}

const seenOf = ({ scales }: uPlot): Period => ({
  from: (scales.x?.min ?? 0) * 1000,
  to: (scales.x?.max ?? 1) * 1000,
});

/** A second of rounding is not a part. */
const isPart = (seen: Period, whole: Period): boolean => seen.to - seen.from < whole.to - whole.from - 1000;

const dataOf = ({ times, own, low, high, ahead, aheadLow, aheadHigh, others }: Columns): uPlot.AlignedData => [
  times,
  low,
  high,
  aheadLow,
  aheadHigh,
  own,
  ahead,
  ...others,
];

/** A colour of the theme that is shown. */
const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The accent of the theme, so that lines and limits show through it. */
const bandColour = (): string => `${colour("--accent")}33`;

function optionsOf(
  box: HTMLElement,
  content: ChartContent,
  onPoint: (at: number) => void,
): Omit<uPlot.Options, "width" | "height"> {
  const { period, limits, columns } = content;
  const accent = colour("--accent");
  const hidden: uPlot.Series = { stroke: "transparent", width: 0, points: { show: false } };
  return {
    legend: { show: false },
    cursor: { drag: { x: true, y: false }, points: { show: false }, y: false },
    scales: {
      x: { time: true },
      y: { range: (_, min, max) => [...levelRange(min ?? 0, max ?? 100, limits)] as [number, number] },
    },
    series: [
      {},
      // The bands first: what is drawn later lies over them.
      hidden,
      hidden,
      hidden,
      hidden,
      { stroke: accent, width: 2.5, points: { show: false } },
      { stroke: accent, width: 2, dash: FORECAST_DASH, points: { show: false } },
      ...columns.others.map((_, at) => ({
        stroke: colour(COMPARED[at] ?? "--soft"),
        width: 2,
        dash: [...(DASHES[at] ?? [])],
        points: { show: false },
      })),
    ],
    bands: [
      { series: [2, 1], fill: bandColour() },
      { series: [4, 3], fill: bandColour() },
    ],
    axes: [timeAxis(), levelAxis()],
    hooks: {
      init: [(plot) => plot.setScale("x", { min: period.from / 1000, max: period.to / 1000 })],
      setScale: [
        (plot, scale) => {
          if (scale === "x") box.dataset.zoomed = String(isPart(seenOf(plot), period));
        },
      ],
      drawClear: [(plot) => drawGaps(plot, content)],
      draw: [(plot) => drawLimits(plot, limits), (plot) => drawLast(plot, content.lastAt)],
      setCursor: [
        ({ cursor, posToVal }) => {
          if ((cursor.left ?? -1) >= 0) onPoint(posToVal(cursor.left ?? 0, "x") * 1000);
        },
      ],
    },
  };
}

/** How much larger text is than usual: the widest screens are read from across the room. */
const enlarged = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
const font = (): string => `${13 * enlarged()}px ${colour("--face")}`;

/** Hours within days, days beyond: a time alone says nothing about last week. */
function timeAxis(): uPlot.Axis {
  const time = new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(language.value, { day: "numeric", month: "short" });
  const words = (seconds: number, step: number): string => {
    const at = new Date(seconds * 1000);
    const isMidnight = at.getHours() === 0 && at.getMinutes() === 0;
    return step >= DAY_SECONDS || isMidnight ? day.format(at) : time.format(at);
  };
  return {
    stroke: colour("--soft"),
    font: font(),
    size: 50 * enlarged(),
    space: 50 * enlarged(),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line") },
    values: (_, splits, __, ___, step) => splits.map((one) => words(one, step)),
  };
}

function levelAxis(): uPlot.Axis {
  return {
    stroke: colour("--soft"),
    font: font(),
    size: 56 * enlarged(),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line") },
    values: (_, splits) => splits.map((one) => number(one)),
  };
}

/** Draws inside of the axes; sizes are in pixels of the screen. */
function inside(plot: uPlot, draw: (context: CanvasRenderingContext2D, ratio: number) => void): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx, devicePixelRatio * enlarged());
  ctx.restore();
}

function drawLimits(plot: uPlot, limits: Limits): void {
  const most = plot.scales.y?.max ?? 0;
  inside(plot, (context, ratio) => {
    context.font = `${12 * ratio}px ${colour("--face")}`;
    context.textBaseline = "bottom";
    context.textAlign = "left";
    for (const [stage, cm] of nearLimits(most, limits)) {
      if (cm > most) continue;
      const y = plot.valToPos(cm, "y", true);
      context.strokeStyle = colour(`--stage-${stage}`);
      context.lineWidth = 1.5 * ratio;
      context.setLineDash([6 * ratio, 4 * ratio]);
      context.beginPath();
      context.moveTo(plot.bbox.left, y);
      context.lineTo(plot.bbox.left + plot.bbox.width, y);
      context.stroke();
      context.fillStyle = colour("--ink");
      context.fillText(`${stageWords(stage)} · ${number(cm)} cm`, plot.bbox.left + 6 * ratio, y - 2 * ratio);
    }
  });
}

/** Where nothing is known is shaded, with words where there is room: an empty place could be read as calm. */
function drawGaps(plot: uPlot, { gaps }: ChartContent): void {
  inside(plot, (context, ratio) => {
    context.font = `${12 * ratio}px ${colour("--face")}`;
    context.textAlign = "center";
    for (const gap of gaps) {
      const [left, right] = [gap.from, gap.to].map((at) => plot.valToPos(at / 1000, "x", true)) as [number, number];
      context.fillStyle = colour("--sunk");
      context.fillRect(left, plot.bbox.top, Math.max(ratio, right - left), plot.bbox.height);
      context.fillStyle = colour("--soft");
      if (right - left > 100 * ratio) {
        context.fillText(translate("unknown"), (left + right) / 2, plot.bbox.top + plot.bbox.height - 8 * ratio);
      }
    }
  });
}

function drawLast(plot: uPlot, lastAt: number | null): void {
  if (lastAt === null) return;
  inside(plot, (context, ratio) => {
    const x = plot.valToPos(lastAt / 1000, "x", true);
    context.strokeStyle = colour("--line-strong");
    context.setLineDash([]);
    context.lineWidth = ratio;
    context.beginPath();
    context.moveTo(x, plot.bbox.top);
    context.lineTo(x, plot.bbox.top + plot.bbox.height);
    context.stroke();
  });
}

/** One finger moves what is seen, two zoom it; the page still scrolls up and down. A mouse zooms by dragging. */
function followTouch(plot: uPlot, seen: () => Period, show: (wanted: Period) => void): void {
  const { over } = plot;
  over.style.touchAction = "pan-y";
  const fingers = new Map<number, number>();
  let before: { readonly seen: Period; readonly xs: readonly number[] } | null = null;
  const begin = (): void => {
    before = { seen: seen(), xs: [...fingers.values()] };
  };
  over.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    fingers.set(event.pointerId, event.clientX);
    over.setPointerCapture(event.pointerId);
    plot.setCursor({ left: event.clientX - over.getBoundingClientRect().left, top: 0 });
    begin();
  });
  over.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId) || before === null) return;
    fingers.set(event.pointerId, event.clientX);
    show(byFingers(before.seen, before.xs, [...fingers.values()], over.clientWidth));
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    over.addEventListener(end, (event) => {
      fingers.delete(event.pointerId);
      begin();
    });
  }
}
