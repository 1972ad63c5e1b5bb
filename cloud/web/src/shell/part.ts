// Fetches a part of the pages, once more where that fails: on a phone in a storm, or while the city's servers are busy.

const AGAIN_MS = 1500;

export const part = <T>(get: () => Promise<T>): Promise<T> => get().catch(() => later().then(get));

/** With jitter, so that those who failed together do not come back together. */
const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, AGAIN_MS * (0.5 + Math.random())));
