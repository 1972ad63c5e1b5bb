// What is drawn over a camera's image, as plain values: each change gives a new drawing, so that all can be undone.

import type { Schemas } from "../../api/client";

export type Point = readonly [x: number, y: number];
export type Kind = "no_stopping" | "watch" | "road" | "mask";
export type Hours = Schemas["DailyHours"];

export interface Settings {
  readonly allowed_seconds?: number | null;
  readonly min_area_share?: number | null;
  readonly flooded_share?: number | null;
  readonly clear_share?: number | null;
  readonly active?: readonly Hours[] | null;
}

export interface Shape {
  readonly kind: Kind;
  /** The zone's name; a mask has none. */
  readonly id: string;
  readonly points: readonly Point[];
  readonly settings: Settings;
}

export type Shapes = readonly Shape[];

export const KINDS: readonly Kind[] = ["road", "no_stopping", "watch", "mask"];
export const LEAST_POINTS = 3;
const MOST_POINTS = 64;
export const MOST_ZONES = 32;
export const MOST_MASKS = 16;
const MOST_STEPS = 200;

/** Which settings go with which kind; the server refuses the others. */
export const SETTINGS: Readonly<Record<Kind, readonly (keyof Settings)[]>> = {
  road: ["flooded_share", "clear_share", "active"],
  no_stopping: ["allowed_seconds", "min_area_share", "active"],
  watch: ["allowed_seconds", "min_area_share", "active"],
  mask: [],
};

// --- shapes ------------------------------------------------------------------------------------------------------

const inside = (share: number): number => Math.round(Math.min(1, Math.max(0, share)) * 1e4) / 1e4;

/** A point within the image, rounded to what a pixel can be. */
export const within = ([x, y]: Point): Point => [inside(x), inside(y)];

export function changed(shapes: Shapes, index: number, change: (shape: Shape) => Shape): Shapes {
  return shapes.map((shape, at) => (at === index ? change(shape) : shape));
}

export function addPoint(shapes: Shapes, index: number, point: Point): Shapes {
  return changed(shapes, index, (shape) =>
    shape.points.length < MOST_POINTS ? { ...shape, points: [...shape.points, within(point)] } : shape,
  );
}

export function movePoint(shapes: Shapes, index: number, point: number, to: Point): Shapes {
  return changed(shapes, index, (shape) => ({
    ...shape,
    points: shape.points.map((held, at) => (at === point ? within(to) : held)),
  }));
}

/** A new point half-way to the next one. */
export function splitAfter(shapes: Shapes, index: number, point: number): Shapes {
  return changed(shapes, index, (shape) => {
    const [from, to] = [shape.points[point], shape.points[(point + 1) % shape.points.length]];
    if (!from || !to || shape.points.length >= MOST_POINTS) return shape;
    const half = within([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]);
    return { ...shape, points: [...shape.points.slice(0, point + 1), half, ...shape.points.slice(point + 1)] };
  });
}

/** Without a point; a finished outline keeps three. */
export function removePoint(shapes: Shapes, index: number, point: number, least = LEAST_POINTS): Shapes {
  return changed(shapes, index, (shape) =>
    shape.points.length > least ? { ...shape, points: shape.points.filter((_, at) => at !== point) } : shape,
  );
}

export const removeShape = (shapes: Shapes, index: number): Shapes => shapes.filter((_, at) => at !== index);

/** A shape of another kind loses the settings that do not go with it. */
export function withKind(shapes: Shapes, index: number, kind: Kind): Shapes {
  return changed(shapes, index, (shape) => {
    const stored = Object.entries(shape.settings).filter(([key]) => SETTINGS[kind].includes(key as keyof Settings));
    const id = kind === "mask" ? "" : shape.id || freeId(shapes, kind);
    return { ...shape, kind, id, settings: Object.fromEntries(stored) as Settings };
  });
}

/** A name that no zone has. */
export function freeId(shapes: Shapes, kind: Kind): string {
  const usedIds = new Set(shapes.map((shape) => shape.id));
  const stem = kind.replaceAll("_", "-");
  for (let count = 1; ; count += 1) if (!usedIds.has(`${stem}-${count}`)) return `${stem}-${count}`;
}

// --- what is wrong -----------------------------------------------------------------------------------------------

type Problem = "tooFew" | "crosses" | "flat" | "noName" | "twice";
const NAME = /^[a-z0-9][a-z0-9-]{1,47}$/;

/** Why a shape cannot be saved; null when it can. The server judges again, and so does the node. */
export function problemOf(shapes: Shapes, index: number): Problem | null {
  const shape = shapes[index];
  if (!shape) return null;
  if (shape.points.length < LEAST_POINTS) return "tooFew";
  if (crosses(shape.points)) return "crosses";
  if (area(shape.points) <= 0) return "flat";
  if (shape.kind === "mask") return null;
  if (!NAME.test(shape.id)) return "noName";
  return shapes.some((other, at) => at < index && other.id === shape.id) ? "twice" : null;
}

const turn = (a: Point, b: Point, c: Point): number => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

function crosses(points: readonly Point[]): boolean {
  const sides = points.map((from, at) => [from, points[(at + 1) % points.length] ?? from] as const);
  return sides.some(([a, b], first) =>
    sides.slice(first + 1).some(([c, d]) => turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0),
  );
}

function area(points: readonly Point[]): number {
  const doubled = points.reduce((sum, [x, y], at) => {
    const [nx, ny] = points[(at + 1) % points.length] ?? [x, y];
    return sum + x * ny - nx * y;
  }, 0);
  return Math.abs(doubled) / 2;
}

// --- undo --------------------------------------------------------------------------------------------------------

export interface History {
  readonly past: readonly Shapes[];
  readonly now: Shapes;
  readonly future: readonly Shapes[];
  /** Steps of one drag, or of one held key, are one step to undo. */
  readonly joined: string;
}

export const begun = (shapes: Shapes): History => ({ past: [], now: shapes, future: [], joined: "" });

export function stepped(history: History, next: Shapes, joins = ""): History {
  if (next === history.now || JSON.stringify(next) === JSON.stringify(history.now)) return history;
  const isSame = joins !== "" && joins === history.joined;
  const past = isSame ? history.past : [...history.past, history.now].slice(-MOST_STEPS);
  return { past, now: next, future: [], joined: joins };
}

export function undone(history: History): History {
  const before = history.past.at(-1);
  if (!before) return history;
  return { past: history.past.slice(0, -1), now: before, future: [history.now, ...history.future], joined: "" };
}

export function redone(history: History): History {
  const [after, ...rest] = history.future;
  if (!after) return history;
  return { past: [...history.past, history.now], now: after, future: rest, joined: "" };
}

// --- to and from the server --------------------------------------------------------------------------------------

export function shapesOf(form: Schemas["CameraDrawing"]): Shapes {
  const zones = form.zones.map(({ id, kind, polygon, ...settings }): Shape => {
    const given = Object.entries(settings).filter(([, value]) => value !== null && value !== undefined);
    return { kind, id, points: polygon as readonly Point[], settings: Object.fromEntries(given) as Settings };
  });
  const masks = form.masks.map(
    (points): Shape => ({ kind: "mask", id: "", points: points as readonly Point[], settings: {} }),
  );
  return [...zones, ...masks];
}

export function updateOf(shapes: Shapes): Schemas["DrawingUpdate"] {
  const outline = (shape: Shape): [number, number][] => shape.points.map(([x, y]) => [x, y]);
  const zones = shapes.flatMap(({ kind, id, settings, ...rest }, at) => {
    const shape = shapes[at];
    if (kind === "mask" || !shape) return [];
    const { active, ...more } = settings;
    return [{ id, kind, polygon: outline(shape), ...more, ...rest, ...(active ? { active: [...active] } : {}) }];
  });
  const masks = shapes.filter((shape) => shape.kind === "mask").map(outline);
  return { zones: zones.map(({ points: _, ...zone }) => zone), masks };
}
