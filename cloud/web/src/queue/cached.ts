// Answers that the service worker stored for times without a signal, and how a page knows them from new ones.

export const CACHED_HEADER = "X-Siaga-Kept";
