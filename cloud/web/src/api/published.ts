// Fetches published files: plain files that a web server or a cache hands out, without the API.

import { CACHED_HEADER } from "../queue/cached";
import { ApiError } from "./errors";

export { ApiError } from "./errors";

interface Published<T> {
  readonly content: T;
  readonly isStored: boolean;
  /** When the server sent it, in milliseconds; null where it did not write that. */
  readonly sentAt: number | null;
}

const LONGEST_MS = 20_000;

/** A file below /state/; throws ApiError. `isFirst`: what the browser requested beside the scripts will do. */
export async function fetchPublished<T>(name: string, isFirst: boolean): Promise<Published<T>> {
  const response = await fetchFile(`/state/${name}`, isFirst ? "default" : "no-cache");
  if (!response.ok) throw new ApiError(response.status, "published", `HTTP ${response.status}`);
  const sentAt = Date.parse(response.headers.get("date") ?? "");
  try {
    return {
      content: (await response.json()) as T,
      isStored: response.headers.has(CACHED_HEADER),
      sentAt: Number.isNaN(sentAt) ? null : sentAt,
    };
  } catch {
    throw new ApiError(0, "unreachable", "incomplete");
  }
}

/** Without headers of its own: the browser hands over what the page's HTML made it request. */
async function fetchFile(path: string, cache: RequestCache): Promise<Response> {
  try {
    return await fetch(path, { cache, signal: AbortSignal.timeout?.(LONGEST_MS) ?? null });
  } catch (error) {
    throw new ApiError(0, "unreachable", error instanceof Error ? error.message : "unreachable");
  }
}
