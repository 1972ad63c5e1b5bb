import { describe, expect, it } from "vitest";
import { runs } from "../parts/bars";
import { type Field, narrowings } from "./field";
import { change, type Figure, kindRows, lastMonths, monthOf, parts, progress } from "./figures";

const figure = (more: Partial<Figure>): Figure =>
  ({ id: "x", name: "", tasks: 0, resolved: 0, dismissed: 0, done_in_time: 0, overdue: 0, ...more }) as Figure;

describe("what became of a month's tasks", () => {
  it("adds up to all that were not dismissed", () => {
    const one = figure({ tasks: 20, dismissed: 2, resolved: 12, done_in_time: 9 });
    expect(parts(one)).toEqual({ inTime: 9, overdue: 3, open: 6 });
    expect(progress(one)).toBeCloseTo(12 / 18);
  });
  it("is not known where there was nothing", () => {
    expect(progress(figure({ tasks: 2, dismissed: 2 }))).toBeNull();
    expect(change("resolved", figure({ tasks: 0 }), figure({ tasks: 3 }))).toBeNull();
  });
  it("is better or worse by what is counted", () => {
    const [less, more] = [figure({ overdue: 1 }), figure({ overdue: 4 })];
    expect(change("openOverdue", less, more)).toMatchObject({ direction: "down", kind: "good" });
    expect(change("openOverdue", more, less)).toMatchObject({ direction: "up", kind: "bad" });
    expect(change("openOverdue", less, less)).toMatchObject({ direction: "steady" });
    expect(change("tasks", figure({ tasks: 9 }), figure({ tasks: 3 }))).toMatchObject({ kind: "soft" });
  });
});

describe("months", () => {
  it("are those of the city, not of the browser", () => {
    expect(monthOf(Date.parse("2026-10-31T18:00:00Z"), "Asia/Jakarta")).toBe("2026-11");
    expect(monthOf(Date.parse("2026-10-31T16:59:59Z"), "Asia/Jakarta")).toBe("2026-10");
  });
  it("go back over new year", () => {
    expect(lastMonths("2026-02", 4)).toEqual(["2026-02", "2026-01", "2025-12", "2025-11"]);
  });
  it("leave out the small kinds, and say how many", () => {
    const kinds = [
      { month: "2026-01", category: "trash", count: 2 },
      { month: "2026-02", category: "trash", count: 3 },
      { month: "2026-02", category: "flooding", count: 9 },
      { month: "2025-12", category: "other", count: 50 },
      { month: "2026-01", category: "beggars", count: 1 },
    ];
    const { rows, others } = kindRows(kinds, ["2026-01", "2026-02"], 2);
    expect(rows).toEqual([
      { category: "flooding", counts: [0, 9], total: 9 },
      { category: "trash", counts: [2, 3], total: 5 },
    ]);
    expect(others).toBe(1);
  });
  it("break a line where nothing is known", () => {
    expect(runs([0.5, null, 0.2, 0.4])).toEqual([
      [[0, 0.5]],
      [
        [2, 0.2],
        [3, 0.4],
      ],
    ]);
    expect(runs([null])).toEqual([]);
  });
});

describe("what a field can be narrowed to", () => {
  const area = (id: string, level: string) => ({ id, name: id, level });
  const field = (more: Partial<Field>): Field =>
    ({ agency_id: null, own_agency_id: null, below: [], beside: [], path: [], ...more }) as Field;
  const ids = (one: Field): string[] => narrowings(one).map(([id]) => id);
  const tebet = area("tebet", "kecamatan");
  const city = area("jaksel", "city");

  it("is never above where one's own begins", () => {
    const own = field({ area_id: "tebet", own_area_id: "tebet", path: [tebet, city], below: [area("a", "kelurahan")] });
    expect(ids(own)).toEqual(["tebet", "a"]);
    const path = [area("a", "kelurahan"), tebet, city];
    const below = field({ area_id: "a", own_area_id: "tebet", path, beside: [area("b", "kelurahan")] });
    expect(ids(below)).toEqual(["tebet", "a", "b"]);
  });
  it("is nothing for a lurah, whose neighbours are others'", () => {
    const path = [area("a", "kelurahan"), tebet, city];
    expect(ids(field({ area_id: "a", own_area_id: "a", path, beside: [area("b", "kelurahan")] }))).toEqual(["a"]);
  });
  it("is the whole for those who oversee", () => {
    expect(ids(field({ area_id: null, own_area_id: null, below: [city] }))).toEqual(["", "jaksel"]);
  });
});
