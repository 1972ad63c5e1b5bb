import { expect, test } from "vitest";
import { strengthWords, sureWords } from "./degree";
import { language } from "./language";

test.each([
  [0, "not sure"],
  [0.39, "not sure"],
  [0.4, "fairly sure"],
  [0.7, "sure"],
  [0.9, "very sure"],
  [1, "very sure"],
])("a confidence of %s is %s", (share, words) => {
  language.value = "en";
  expect(sureWords(share)).toBe(words);
});

test.each([
  [0, "weak evidence"],
  [0.3, "fair evidence"],
  [0.59, "fair evidence"],
  [0.6, "strong evidence"],
])("a weight of %s is %s", (share, words) => {
  language.value = "en";
  expect(strengthWords(share)).toBe(words);
});
