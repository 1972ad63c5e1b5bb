// The image with everything drawn over it: by mouse, by finger and by keys.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Point, problemOf, type Shapes, within } from "./model";
import type { Easel } from "./useEasel";
import { kindWords, translate } from "./words";

/** The drawing's own units: shares of the image times this. */
const WIDE = 1600;
const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const NEAR = 0.0025;
const FAR = 0.02;
const HIT = 26;

/** A zone has a name, masks are counted. */
export function nameOf(shapes: Shapes, index: number): string {
  const shape = shapes[index];
  if (!shape) return "";
  const place = shapes.slice(0, index + 1).filter((one) => one.kind === shape.kind).length;
  return shape.id || `${shape.kind === "mask" ? translate("mask") : kindWords(shape.kind)} ${place}`;
}

interface StageProps {
  readonly easel: Easel;
  readonly image: string | null;
  readonly label: string;
  readonly onSize: (width: number, height: number) => void;
  readonly ratio: number;
}

export function Stage({ easel, image, label, onSize, ratio }: StageProps): VNode {
  const svg = useRef<SVGSVGElement>(null);
  const [cross, setCross] = useState<Point | null>(null);
  const dragged = useRef<{ shape: number; point: number; name: string } | null>(null);
  const isDrawing = easel.drawing !== null;
  const high = WIDE * ratio;

  const spotOf = (event: PointerEvent): Point => {
    const edge = svg.current?.getBoundingClientRect();
    if (!edge) return [0, 0];
    return within([(event.clientX - edge.left) / edge.width, (event.clientY - edge.top) / edge.height]);
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const grip = numbered(event.target, "data-grip");
    const half = grip ? null : numbered(event.target, "data-half");
    if (half) easel.splitAt(half.shape, half.point);
    if (grip) easel.choose(grip.shape, grip.point);
    const held = grip ?? (half ? { shape: half.shape, point: half.point + 1 } : null);
    if (held) {
      dragged.current = { ...held, name: `drag${event.timeStamp}` };
      svg.current?.setPointerCapture(event.pointerId);
    } else if (isDrawing) {
      easel.add(spotOf(event));
    }
  };
  const move = (event: PointerEvent): void => {
    const held = dragged.current;
    if (held) easel.move(held.shape, held.point, spotOf(event), held.name);
  };
  const keys = (event: KeyboardEvent): void => {
    if (pressed(event, easel, cross, setCross)) event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it is drawn on by keys
    <section class="stage" tabIndex={0} aria-label={label} data-drawing={isDrawing} onKeyDown={keys}>
      {image ? (
        <img
          src={image}
          alt=""
          onLoad={(event) => onSize(event.currentTarget.naturalWidth, event.currentTarget.naturalHeight)}
        />
      ) : null}
      <svg
        ref={svg}
        viewBox={`0 0 ${WIDE} ${high}`}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={() => {
          dragged.current = null;
        }}
        onPointerCancel={() => {
          dragged.current = null;
        }}
      >
        <title>{label}</title>
        {easel.shapes.map((shape, index) => (
          <Outline key={`${shape.kind}${index}`} shapes={easel.shapes} index={index} easel={easel} high={high} />
        ))}
        {isDrawing && cross ? <Cross at={cross} high={high} /> : null}
      </svg>
    </section>
  );
}

function numbered(target: EventTarget | null, name: string): { shape: number; point: number } | null {
  const found = target instanceof Element ? target.closest(`[${name}]`)?.getAttribute(name) : null;
  const [shape, point] = (found ?? "").split(":").map(Number);
  return found && shape !== undefined && point !== undefined ? { shape, point } : null;
}

/** What a key does; whether it was one of ours. */
function pressed(event: KeyboardEvent, easel: Easel, cross: Point | null, setCross: (at: Point) => void): boolean {
  const arrow = ARROWS[event.key];
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && event.key.toLowerCase() === "z") event.shiftKey ? easel.redo() : easel.undo();
  else if (isCommand && event.key.toLowerCase() === "y") easel.redo();
  else if (easel.drawing !== null) return pressedDrawing(event, easel, cross, setCross);
  else if (arrow) return moved(arrow, event.shiftKey, easel);
  else if (event.key === "Delete" || event.key === "Backspace") easel.removeChosen();
  else if (event.key === "+") easel.split();
  else if (event.key === "Escape") easel.choose(null, null);
  else return false;
  return true;
}

function pressedDrawing(
  event: KeyboardEvent,
  easel: Easel,
  cross: Point | null,
  setCross: (at: Point) => void,
): boolean {
  const arrow = ARROWS[event.key];
  const at = cross ?? [0.5, 0.5];
  if (arrow) setCross(shifted(at, arrow, event.shiftKey));
  else if (event.key === " ") easel.add(at);
  else if (event.key === "Enter") easel.finish();
  else if (event.key === "Escape") easel.giveUp();
  else if (event.key === "Backspace" || event.key === "Delete") easel.undo();
  else return false;
  return true;
}

const shifted = ([x, y]: Point, [dx, dy]: Point, isFar: boolean): Point => {
  const step = isFar ? FAR : NEAR;
  return within([x + dx * step, y + dy * step]);
};

function moved(arrow: Point, isFar: boolean, easel: Easel): boolean {
  const { shape, point } = easel.chosen;
  const held = shape !== null && point !== null ? easel.shapes[shape]?.points[point] : undefined;
  if (!held || shape === null || point === null) return false;
  easel.move(shape, point, shifted(held, arrow, isFar), `keys${shape}:${point}`);
  return true;
}

function Outline(props: { shapes: Shapes; index: number; easel: Easel; high: number }): VNode | null {
  const { shapes, index, easel, high } = props;
  const shape = shapes[index];
  if (!shape) return null;
  const isChosen = easel.chosen.shape === index;
  const spots = shape.points.map(([x, y]): Point => [x * WIDE, y * high]);
  const points = spots.map((spot) => spot.join(",")).join(" ");
  const isOpen = easel.drawing === index;
  const flags = `${isChosen ? " chosen" : ""}${problemOf(shapes, index) && !isOpen ? " wrong" : ""}`;
  return (
    <g class={`shape ${shape.kind}${flags}`} data-shape={index}>
      {isOpen ? (
        <polyline class="line" points={points} />
      ) : (
        <polygon
          class="line"
          points={points}
          onPointerDown={() => easel.drawing === null && easel.choose(index, null)}
        />
      )}
      <Tag name={nameOf(shapes, index)} spots={spots} />
      {isChosen ? (
        <Grips name={nameOf(shapes, index)} index={index} spots={spots} easel={easel} isOpen={isOpen} />
      ) : null}
    </g>
  );
}

function Tag({ name, spots }: { name: string; spots: readonly Point[] }): VNode | null {
  if (spots.length === 0) return null;
  const x = spots.reduce((sum, spot) => sum + spot[0], 0) / spots.length;
  const y = spots.reduce((sum, spot) => sum + spot[1], 0) / spots.length;
  return (
    <text class="tag-on-stage" x={x} y={y}>
      {name}
    </text>
  );
}

function Grips(props: { name: string; index: number; spots: readonly Point[]; easel: Easel; isOpen: boolean }): VNode {
  const { name, index, spots, easel, isOpen } = props;
  const box = useRef<SVGGElement>(null);
  const chosen = easel.chosen.point;
  // The point that was moved, added or left by a key keeps the focus.
  useEffect(() => {
    if (chosen === null || !box.current?.contains(document.activeElement)) return;
    box.current.querySelector<SVGGElement>(`[data-grip="${index}:${chosen}"]`)?.focus({ preventScroll: true });
  }, [chosen, index]);
  return (
    <g ref={box}>
      {spots.map(([x, y], point) => (
        <g key={point}>
          {/* biome-ignore lint/a11y/useSemanticElements: a button cannot stand in a drawing */}
          <g
            class={`grip${chosen === point ? " chosen" : ""}`}
            role="button"
            tabIndex={0}
            aria-label={translate("point", { n: point + 1, name })}
            aria-pressed={chosen === point}
            data-grip={`${index}:${point}`}
            onFocus={() => easel.choose(index, point)}
          >
            <circle class="hit" cx={x} cy={y} r={HIT} />
            <circle class="dot" cx={x} cy={y} r={11} />
          </g>
          {isOpen ? null : <Half index={index} point={point} spots={spots} />}
        </g>
      ))}
    </g>
  );
}

/** Where a new point can be pulled out of a side; by keys, + at a point does the same. */
function Half(props: { index: number; point: number; spots: readonly Point[] }): VNode | null {
  const { index, point, spots } = props;
  const [from, to] = [spots[point], spots[(point + 1) % spots.length]];
  if (!from || !to || Math.hypot(to[0] - from[0], to[1] - from[1]) < 4 * HIT) return null;
  return (
    <g class="half" data-half={`${index}:${point}`}>
      <circle class="hit" cx={(from[0] + to[0]) / 2} cy={(from[1] + to[1]) / 2} r={HIT} />
      <circle class="dot" cx={(from[0] + to[0]) / 2} cy={(from[1] + to[1]) / 2} r={7} />
    </g>
  );
}

function Cross({ at, high }: { at: Point; high: number }): VNode {
  const [x, y] = [at[0] * WIDE, at[1] * high];
  return (
    <g class="cross">
      <path d={`M${x - 40} ${y}h80M${x} ${y - 40}v80`} />
      <circle cx={x} cy={y} r={14} />
    </g>
  );
}
