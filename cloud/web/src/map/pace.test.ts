import { describe, expect, it } from "vitest";
import { Pace } from "./pace";

function moved(pace: Pace, from: number, gap: number, frames = 12): number {
  pace.begin(from);
  for (let n = 0; n < frames; n++) pace.drawn(from + n * gap);
  return from + frames * gap;
}

describe("the pace of the map", () => {
  it("leaves quick pictures whole", () => {
    const pace = new Pace();
    moved(pace, 1_000, 17);
    expect(pace.ratio(1)).toBe(1);
    expect(pace.ratio(2.75)).toBe(2.75);
  });

  it("halves the pixels of each side where pictures are slow, and the next movement begins so", () => {
    const pace = new Pace();
    const end = moved(pace, 1_000, 60);
    expect(pace.ratio(3)).toBe(1.5);
    pace.begin(end);
    expect(pace.ratio(1)).toBe(0.5);
  });

  it("goes no further than marks can be told apart", () => {
    const pace = new Pace();
    moved(pace, 1_000, 200, 50);
    expect(pace.ratio(1)).toBe(0.5);
    expect(pace.ratio(0.8)).toBe(0.5);
  });

  it("takes no rest of the hand and no single late picture for slowness", () => {
    const pace = new Pace();
    pace.begin(0);
    for (const at of [0, 16, 32, 900, 916, 932, 990, 1006, 1022]) pace.drawn(at);
    expect(pace.ratio(1)).toBe(1);
  });

  it("tries whole pictures again after some minutes", () => {
    const pace = new Pace();
    const end = moved(pace, 1_000, 60);
    pace.begin(end + 299_000);
    expect(pace.ratio(1)).toBe(0.5);
    pace.begin(end + 301_000);
    expect(pace.ratio(1)).toBe(1);
  });
});
