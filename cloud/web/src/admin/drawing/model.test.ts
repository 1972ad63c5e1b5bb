import { describe, expect, it } from "vitest";
import * as model from "./model";

const SQUARE: readonly model.Point[] = [
  [0.1, 0.1],
  [0.9, 0.1],
  [0.9, 0.9],
  [0.1, 0.9],
];
const road = (points = SQUARE, id = "road-1"): model.Shape => ({ kind: "road", id, points, settings: {} });

describe("shapes", () => {
  it("keep their points inside the picture", () => {
    expect(model.movePoint([road()], 0, 0, [-0.2, 1.7])[0]?.points[0]).toEqual([0, 1]);
    expect(model.within([0.123456, 0.5])).toEqual([0.1235, 0.5]);
  });

  it("get a point half-way, also over the end", () => {
    expect(model.splitAfter([road()], 0, 0)[0]?.points[1]).toEqual([0.5, 0.1]);
    expect(model.splitAfter([road()], 0, 3)[0]?.points[4]).toEqual([0.1, 0.5]);
  });

  it("keep three points when finished, none while they are drawn", () => {
    const three = model.removePoint([road()], 0, 0);
    expect(model.removePoint(three, 0, 0)[0]?.points).toHaveLength(3);
    expect(model.removePoint(three, 0, 0, 0)[0]?.points).toHaveLength(2);
  });

  it("lose settings that another kind does not have", () => {
    const shapes = [{ ...road(), settings: { flooded_share: 0.3, active: [{ from: "06:00", to: "22:00" }] } }];
    expect(model.withKind(shapes, 0, "watch")[0]?.settings).toEqual({ active: [{ from: "06:00", to: "22:00" }] });
    expect(model.withKind(shapes, 0, "mask")[0]).toMatchObject({ id: "", settings: {} });
  });

  it("are named as nothing else is", () => {
    expect(model.freeId([road()], "road")).toBe("road-2");
    expect(model.freeId([], "no_stopping")).toBe("no-stopping-1");
  });
});

describe("what is wrong", () => {
  it.each([
    [[road(SQUARE.slice(0, 2))], "tooFew"],
    [[road([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]] as model.Point[])], "crosses"],
    [[road([SQUARE[0], SQUARE[0], SQUARE[0]] as model.Point[])], "flat"],
    [[road(SQUARE, "Jalan Raya")], "noName"],
    [[road()], null],
    [[{ ...road(), kind: "mask" as const, id: "" }], null],
  ])("is said: %#", (shapes, problem) => {
    expect(model.problemOf(shapes, 0)).toBe(problem);
  });

  it("is said of the second of a name alone", () => {
    const shapes = [road(), road()];
    expect([model.problemOf(shapes, 0), model.problemOf(shapes, 1)]).toEqual([null, "twice"]);
  });
});

describe("undo", () => {
  it("takes a drag as one step and goes both ways", () => {
    let history = model.begun([road()]);
    for (const x of [0.2, 0.3, 0.4]) {
      history = model.stepped(history, model.movePoint(history.now, 0, 0, [x, 0.1]), "drag-1");
    }
    history = model.stepped(history, model.removeShape(history.now, 0));
    history = model.undone(model.undone(history));
    expect(history.now).toEqual([road()]);
    expect(model.undone(history)).toBe(history);
    expect(model.redone(history).now[0]?.points[0]).toEqual([0.4, 0.1]);
  });
});

it("comes from the server and goes back as it was", () => {
  const zone = { id: "jalan", kind: "road" as const, polygon: [...SQUARE] as [number, number][], flooded_share: 0.3 };
  const form = { zones: [zone], masks: [[...SQUARE]] } as unknown as Parameters<typeof model.shapesOf>[0];
  expect(model.updateOf(model.shapesOf(form))).toEqual({ zones: [zone], masks: [SQUARE] });
});
