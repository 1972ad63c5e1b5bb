// A signed-in device as a person would call it.

const BROWSERS = [
  ["Edge", /Edg/],
  ["Samsung Internet", /SamsungBrowser/],
  ["Opera", /OPR|Opera/],
  ["Firefox", /Firefox|FxiOS/],
  ["Chrome", /Chrome|CriOS/],
  ["Safari", /Safari/],
] as const;
const SYSTEMS = [
  ["Android", /Android/],
  ["iPhone", /iPhone/],
  ["iPad", /iPad/],
  ["Windows", /Windows/],
  ["Mac", /Macintosh/],
  ["Linux", /Linux/],
] as const;
const LONGEST = 40;

/** "Chrome, Android" from what a browser says of itself; other programs by their own words. */
export function deviceWords(agent: string): string {
  const found = [BROWSERS, SYSTEMS].map((names) => names.find(([, sign]) => sign.test(agent))?.[0]);
  return found.filter(Boolean).join(", ") || agent.slice(0, LONGEST);
}
