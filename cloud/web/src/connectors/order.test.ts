import { expect, test } from "vitest";
import { type Connector, isFeed, nameOf, needsALook, sorted } from "./order";

const one = (channel: string, state: Connector["state"]): Connector => ({ channel, state }) as Connector;

test("what is in trouble comes first, what is not in use is left out", () => {
  const found = [one("x", "off"), one("web", "working"), one("feed:waze", "silent"), one("email", "failing")];
  expect(sorted(found).map((each) => each.channel)).toEqual(["email", "feed:waze", "web"]);
  expect(sorted(found).filter(needsALook)).toHaveLength(2);
});

test("a feed goes by its own id", () => {
  expect(isFeed(one("feed:bmkg", "working"))).toBe(true);
  expect(nameOf(one("feed:bmkg", "working"))).toBe("bmkg");
  expect(nameOf(one("telegram", "working"))).toBe("telegram");
});
