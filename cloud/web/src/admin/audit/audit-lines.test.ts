import { beforeAll, expect, test } from "vitest";
import { language } from "../../words/language";
import { detailsOf, objectOf } from "./audit-lines";

const line = (more: object) => ({ action: "", object_kind: "", object_id: "", details: {}, ...more });

beforeAll(() => {
  language.value = "id";
});

test("what it was done to is said in the field's words, never as a key", () => {
  expect(objectOf(line({ object_kind: "user", object_id: "77 users" }))).toBe("77 orang");
  expect(objectOf(line({ object_kind: "officer_position", object_id: "own" }))).toBe("wilayah atau dinas sendiri");
  expect(objectOf(line({ object_kind: "audit", object_id: "after 0" }))).toBe("jejak audit");
  expect(objectOf(line({ object_kind: "camera", object_id: "cam-karet" }))).toBe("kamera cam-karet");
});

test("lists are lists, what a site was and is stands side by side, and nothing is said of nothing", () => {
  expect(detailsOf(line({ details: { officers: ["a", "b"], incident: null } }))).toBe("petugas: a, b");
  const details = { s3_cm: [700, 750], warns: [[], ["31.74"]], name: [null, "Karet"], river: [null, ""] };
  expect(detailsOf(line({ action: "save_gauge", details }))).toBe(
    "Siaga 3 (cm): 700 → 750; memperingatkan: – → 31.74; nama: Karet",
  );
  expect(detailsOf(line({ details: { officers: [] } }))).toBe("");
});
