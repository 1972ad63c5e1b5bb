import { expect, test } from "vitest";
import { addressOf, viewOf } from "./address";

test("a view comes back from the address that it was written into", () => {
  const view = { lat: -6.2079, lon: 106.84844, zoom: 14.25 };
  const address = addressOf("https://siaga.example/map?lang=id&at=1,2,3#x", view);
  expect(address).toBe("/map?lang=id&at=-6.20790,106.84844,14.25#x");
  expect(viewOf(new URL(address, "https://siaga.example").search)).toEqual(view);
  expect(addressOf("https://siaga.example/map?at=-6.2,106.8,12", null)).toBe("/map");
});

test.each([
  "",
  "?at=",
  "?at=1,2",
  "?at=a,b,c",
  "?at=91,106,12",
  "?at=-6,181,12",
  "?at=-6,106,2",
  "?at=-6,106,40",
  "?at=-6,,12",
  "?at=-6,106,12,3",
])("%s names no view", (search) => {
  expect(viewOf(search)).toBeNull();
});
