import { describe, expect, it } from "vitest";
import { isNoDegree, isNoNumber, limitFaults, typed } from "./numbers";

describe("typed", () => {
  it("takes a point and a comma, and nothing else for a number", () => {
    expect([typed("-6,2079"), typed(" 750 "), typed("")]).toEqual([-6.2079, 750, null]);
    expect(["7o", "1e3", "1.2.3", "--1"].map((one) => Number.isNaN(typed(one)))).toEqual([true, true, true, true]);
  });
});

describe("what must be filled in", () => {
  it("is wrong when it is empty, no number or off the globe", () => {
    expect(["", " ", "x", "5"].map(isNoNumber)).toEqual([true, true, true, false]);
    expect(["", "x", "95", "-90"].map((one) => isNoDegree("lat", one))).toEqual([true, true, true, false]);
    expect(["95", "180,5"].map((one) => isNoDegree("lon", one))).toEqual([false, true]);
  });
});

describe("limitFaults", () => {
  it.each([
    ["750", "850", "950", {}],
    ["750", "", "950", {}],
    ["", "", "", {}],
    ["750", "700", "950", { s2: "notRising" }],
    ["750", "850", "800", { s1: "notRising" }],
    ["750", "", "700", { s1: "notRising" }],
    ["", "850", "", { s3: "needsS3" }],
    ["abc", "", "", { s3: "numberWrong" }],
  ])("of %s, %s, %s says %o", (s3, s2, s1, faults) => {
    expect(limitFaults(s3, s2, s1)).toEqual(faults);
  });
});
