// Whether the server has other pages than the one that is open.

const AGAIN_MS = 60_000;

/** `page`: the document as the server has it now; `script`: what the open one began with. */
export const isOther = (page: string, script: string): boolean =>
  script !== "" && page.includes('type="module"') && !page.includes(`src="${script}"`);

/** A page that was loaded anew just now is not loaded again: two servers may differ for a while. */
export const isTooSoon = (last: number, now: number): boolean => now - last < AGAIN_MS;
