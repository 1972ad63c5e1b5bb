// The typed client of the public API, and its errors. Types come from the server's own OpenAPI (make api).

import createClient from "openapi-fetch";
import { CACHED_HEADER } from "../queue/cached";
import { language, type Params } from "../words/language";
import { ApiError } from "./errors";
import type { components, paths } from "./schema";

export { ApiError } from "./errors";

export type Schemas = components["schemas"];

const client = createClient<paths>({ baseUrl: globalThis.location?.origin ?? "" });
client.use({
  onRequest: ({ request }) => request.headers.set("Accept-Language", language.value),
  onResponse: ({ response }) => {
    if (response.headers.has(CACHED_HEADER)) cachedAt = performance.now();
  },
});
let cachedAt = Number.NEGATIVE_INFINITY;

/** When the last answer came that was an old one, stored for times without a signal; in milliseconds of the page. */
export const lastCachedAt = (): number => cachedAt;

export const api = client;

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The data of an answer; throws ApiError. `const gauges = await request(api.GET("/api/v1/gauges"))`. */
export async function request<T>(answering: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await answering;
  } catch (error) {
    throw new ApiError(0, "unreachable", error instanceof Error ? error.message : "unreachable");
  }
  if (!answer.response.ok) throw await refused(answer.response, answer.error);
  return answer.data as T;
}

/** For answers that the OpenAPI only calls text, such as GeoJSON; throws ApiError. */
export async function fetchJson<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      headers: { Accept: "application/json", "Accept-Language": language.value },
      ...init,
    });
  } catch (error) {
    throw new ApiError(0, "unreachable", error instanceof Error ? error.message : "unreachable");
  }
  const body: unknown = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw await refused(response, body);
  return body as T;
}

/** The words of refusals are many and seldom shown: fetched with the first. */
async function wordsOfRefusals(): Promise<Refusal> {
  const found = await import("../words/refusals").catch(() => null);
  return found?.refusal ?? (() => null);
}

type Refusal = (code: string | undefined, params?: Params) => string | null;

async function refused(response: Response, body: unknown): Promise<ApiError> {
  const refusal = await wordsOfRefusals();
  const problem = (body ?? {}) as Problem;
  const wait = Number(response.headers.get("retry-after"));
  const kind = (problem.type ?? "").split(/[/:]/).pop() ?? "";
  const fields = fieldsOf(problem, refusal);
  const fieldMessages = Object.values(fields).join(" ");
  const summary =
    kind === "invalid" && fieldMessages ? fieldMessages : refusal(problem.code, problem.params) || refusal(kind);
  const message = summary || problem.detail || problem.title || `HTTP ${response.status}`;
  return new ApiError(response.status, kind, message, wait > 0 ? wait : null, fields);
}

interface Fault {
  readonly where?: string;
  readonly expected?: string;
  readonly code?: string;
  readonly params?: Params;
}

interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly params?: Params;
  readonly errors?: readonly Fault[];
}

function fieldsOf({ errors }: Problem, refusal: Refusal): Readonly<Record<string, string>> {
  if (!Array.isArray(errors)) return {};
  return Object.fromEntries(
    (errors as readonly Fault[]).map((one) => [
      (one.where ?? "").replace(/^body\./, ""),
      refusal(one.code, one.params) ?? one.expected ?? "",
    ]),
  );
}
