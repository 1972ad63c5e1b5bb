import { afterEach, expect, test } from "vitest";
import { language } from "./language";
import { noteWords } from "./notes";

const WRITTEN = "rule severe-flood: confidence 0.76, severity severe";

afterEach(() => {
  language.value = "id";
});

test("what a rule wrote is said in the language that is spoken", () => {
  language.value = "id";
  expect(noteWords(WRITTEN)).toBe("menurut kebijakan kota: keyakinan 76\u00a0%, tingkat berat");
  language.value = "en";
  expect(noteWords(WRITTEN)).toBe("by the city's policy: confidence 76\u00a0%, severity severe");
});

test("what a person wrote stays as it is", () => {
  expect(noteWords("rule of thumb: it floods here, severity known")).toBe(
    "rule of thumb: it floods here, severity known",
  );
});
