import { describe, expect, test } from "vitest";
import { isOther, isTooSoon } from "./version";

const pageOf = (script: string): string => `<script type="module" crossorigin src="${script}"></script>`;

describe("another version", () => {
  test("is one that begins with another script", () => {
    expect(isOther(pageOf("/assets/index-new.js"), "/assets/index-old.js")).toBe(true);
    expect(isOther(pageOf("/assets/index-old.js"), "/assets/index-old.js")).toBe(false);
  });
  test("is not an answer that is no page of ours, as a hotel's sign-in", () => {
    expect(isOther("<h1>Welcome</h1>", "/assets/index-old.js")).toBe(false);
  });
  test("is not fetched over and over", () => {
    expect(isTooSoon(1_000_000, 1_030_000)).toBe(true);
    expect(isTooSoon(1_000_000, 1_070_000)).toBe(false);
    expect(isTooSoon(0, 1_000_000)).toBe(false);
  });
});
