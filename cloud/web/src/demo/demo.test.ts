import { expect, test } from "vitest";
import { speedOf } from "./demo";

test("only a number above zero makes a demo", () => {
  expect(speedOf("480")).toBe(480);
  for (const text of ["", "0", "{{demo}}", "-1"]) expect(speedOf(text)).toBeNull();
});
