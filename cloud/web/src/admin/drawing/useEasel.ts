// What is drawn now, what is chosen of it, and the steps back.

import { useCallback, useMemo, useState } from "preact/hooks";
import * as model from "./model";

interface Chosen {
  readonly shape: number | null;
  readonly point: number | null;
}

export interface Easel {
  readonly shapes: model.Shapes;
  readonly chosen: Chosen;
  /** The shape that gets points now. */
  readonly drawing: number | null;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly begin: (kind: model.Kind) => void;
  readonly add: (point: model.Point) => void;
  readonly finish: () => void;
  readonly giveUp: () => void;
  readonly choose: (shape: number | null, point: number | null) => void;
  readonly move: (shape: number, point: number, to: model.Point, joins: string) => void;
  readonly split: () => void;
  readonly splitAt: (shape: number, point: number) => void;
  readonly removeChosen: () => void;
  readonly change: (next: model.Shapes, joins?: string) => void;
  readonly undo: () => void;
  readonly redo: () => void;
  readonly load: (shapes: model.Shapes) => void;
}

interface State {
  readonly history: model.History;
  readonly chosen: Chosen;
  readonly drawing: number | null;
}

const NOTHING: Chosen = { shape: null, point: null };

/** The state of the easel; all that changes it are pure steps, so that keys, mouse and fingers agree. */
export function useEasel(): Easel {
  const [state, setState] = useState<State>({ history: model.begun([]), chosen: NOTHING, drawing: null });
  const step = useCallback((change: (state: State) => State) => setState((held) => whole(change(held))), []);
  const steps = useMemo(() => stepsOf(step), [step]);
  return {
    shapes: state.history.now,
    chosen: state.chosen,
    drawing: state.drawing,
    canUndo: state.history.past.length > 0,
    canRedo: state.history.future.length > 0,
    ...steps,
  };
}

type Steps = Omit<Easel, "shapes" | "chosen" | "drawing" | "canUndo" | "canRedo">;

function stepsOf(step: (change: (state: State) => State) => void): Steps {
  return {
    begin: (kind) => step((state) => begin(finished(state), kind)),
    add: (point) => step((state) => added(state, point)),
    finish: () => step(finished),
    giveUp: () => step(givenUp),
    choose: (shape, point) => step((state) => ({ ...state, chosen: { shape, point } })),
    move: (shape, point, to, joins) =>
      step((state) => with_(state, model.movePoint(state.history.now, shape, point, to), joins)),
    split: () => step((state) => splitAt(state, state.chosen.shape, state.chosen.point)),
    splitAt: (shape, point) => step((state) => splitAt(state, shape, point)),
    removeChosen: () => step(removedChosen),
    change: (next, joins) => step((state) => with_(state, next, joins)),
    undo: () => step((state) => ({ ...state, history: model.undone(state.history) })),
    redo: () => step((state) => ({ ...state, history: model.redone(state.history) })),
    load: (shapes) => step(() => ({ history: model.begun(shapes), chosen: NOTHING, drawing: null })),
  };
}

const with_ = (state: State, next: model.Shapes, joins = ""): State => ({
  ...state,
  history: model.stepped(state.history, next, joins),
});

function begin(state: State, kind: model.Kind): State {
  const shapes = state.history.now;
  const id = kind === "mask" ? "" : model.freeId(shapes, kind);
  const next = [...shapes, { kind, id, points: [], settings: {} }];
  return { ...with_(state, next), chosen: { shape: shapes.length, point: null }, drawing: shapes.length };
}

function added(state: State, point: model.Point): State {
  if (state.drawing === null) return state;
  const next = model.addPoint(state.history.now, state.drawing, point);
  const count = next[state.drawing]?.points.length ?? 0;
  return { ...with_(state, next), chosen: { shape: state.drawing, point: count - 1 } };
}

/** A shape with fewer than three points is none. */
function finished(state: State): State {
  const points = state.drawing === null ? [] : (state.history.now[state.drawing]?.points ?? []);
  if (state.drawing !== null && points.length < model.LEAST_POINTS) return givenUp(state);
  return { ...state, drawing: null, chosen: { shape: state.chosen.shape, point: null } };
}

function givenUp(state: State): State {
  if (state.drawing === null) return state;
  return { ...with_(state, model.removeShape(state.history.now, state.drawing)), drawing: null, chosen: NOTHING };
}

function splitAt(state: State, shape: number | null, point: number | null): State {
  if (shape === null || point === null) return state;
  return { ...with_(state, model.splitAfter(state.history.now, shape, point)), chosen: { shape, point: point + 1 } };
}

function removedChosen(state: State): State {
  const { shape, point } = state.chosen;
  if (shape === null) return state;
  if (point === null) return { ...with_(state, model.removeShape(state.history.now, shape)), chosen: NOTHING };
  const next = model.removePoint(state.history.now, shape, point);
  return { ...with_(state, next), chosen: { shape, point: Math.max(0, point - 1) } };
}

/** What is chosen or drawn may be gone after a step back. */
function whole(state: State): State {
  const shapes = state.history.now;
  const isThere = (index: number | null): boolean => index !== null && shapes[index] !== undefined;
  const drawing = isThere(state.drawing) ? state.drawing : null;
  const { shape, point } = state.chosen;
  if (shape === null || !isThere(shape)) return { ...state, drawing, chosen: NOTHING };
  const last = (shapes[shape]?.points.length ?? 0) - 1;
  return { ...state, drawing, chosen: { shape, point: point === null || last < 0 ? null : Math.min(point, last) } };
}
