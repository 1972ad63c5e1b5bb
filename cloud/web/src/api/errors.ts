// What went wrong with a request.

/** What the server refused, in the language of the page (a problem document), or that it was not reached (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
    readonly retryAfterSeconds: number | null = null,
    /** What is wrong with which field, as `email` or `rule.0.id`. */
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  get isUnreachable(): boolean {
    return this.status === 0;
  }
}
