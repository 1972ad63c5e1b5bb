import { describe, expect, it } from "vitest";
import type { Camera, Gauge, Node } from "../../live/city";
import { countGauges, gapsOf, hangsOn } from "./coverage";

const gauge = (id: string, more: Partial<Gauge>): Gauge =>
  ({ id, name: id, lat: 0, lon: 0, stage: 4, level_cm: 0, unknown_since: null, measured_at: null, ...more }) as Gauge;
const camera = (id: string, more: Partial<Camera>): Camera =>
  ({ id, name: "", lat: 0, lon: 0, unknown_since: null, masked_since: null, last_frame_at: "x", ...more }) as Camera;

describe("coverage", () => {
  it("tells a gauge that is dry from one that is dead", () => {
    const dry = gauge("dry", { level_cm: 0, stage: 4 });
    const dead = gauge("dead", { level_cm: 0, stage: 4, unknown_since: "2026-01-15T08:00:00Z" });
    const never = gauge("never", { level_cm: null, stage: null });
    expect(countGauges([dry, dead, never, gauge("high", { stage: 2 })])).toEqual({ calm: 1, high: 1, dead: 2 });
    expect(gapsOf([dry, dead, never], []).map((one) => one.id)).toEqual(["dead", "never"]);
  });

  it("counts a masked camera as a hole, and says why it is one", () => {
    const masked = camera("masked", { unknown_since: "2026-01-15T08:00:00Z", masked_since: "2026-01-15T08:00:00Z" });
    const never = camera("never", { last_frame_at: null });
    expect(gapsOf([], [masked, camera("sees", {}), never])).toMatchObject([
      { id: "masked", name: "masked", isMasked: true },
      { id: "never", since: null },
    ]);
  });

  it("knows what hangs on a box, also on one that never said", () => {
    const node = { health: { cameras: [{ id: "a" }], gauges: [{ id: "b" }] } } as unknown as Node;
    expect(hangsOn(node)).toEqual({ cameras: ["a"], gauges: ["b"] });
    expect(hangsOn({ health: null } as Node)).toEqual({ cameras: [], gauges: [] });
  });
});
