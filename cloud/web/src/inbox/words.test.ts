import { expect, test } from "vitest";
import { whyWords } from "./words";

test("why a message waits is said in words, and what is not known is not lost", () => {
  expect(whyWords("category: unsure, place: none named")).toBe("jenis belum pasti · tanpa tempat");
  expect(whyWords("about report 1001")).toBe("tentang laporan 1001");
  expect(whyWords("about report 01900c5e-0000, which is closed there")).toBe(
    "tentang laporan 01900c5e · di sana sudah ditutup",
  );
  expect(whyWords("something new")).toBe("something new");
});
