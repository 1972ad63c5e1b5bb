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

/** A file below /state/; throws ApiError. */
export async function fetchPublished<T>(name: string): Promise<Published<T>> {
  const response = await fetchFile(`/state/${name}`);
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

/** Without headers of its own: the browser hands over what it requested beside the scripts (the page's HTML). */
async function fetchFile(path: string): Promise<Response> {
  try {
    return await fetch(path, { signal: AbortSignal.timeout?.(LONGEST_MS) ?? null });
  } catch (error) {
    throw new ApiError(0, "unreachable", error instanceof Error ? error.message : "unreachable");
  }
}
