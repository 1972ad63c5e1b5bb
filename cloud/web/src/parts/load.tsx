// Asking the server for what a component shows.

import type { ComponentChildren, VNode } from "preact";
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { Failed, Loading } from "./layout";

export interface Loaded<T> {
  readonly data: T | null;
  readonly error: ApiError | null;
  readonly again: () => void;
}

/** Asks when shown and whenever `keys` change; what was there stays until the new is. */
export function useLoad<T>(load: () => Promise<T>, keys: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<{ data: T | null; error: ApiError | null }>({ data: null, error: null });
  const [times, setTimes] = useState(0);
  const newest = useRef(0);
  const again = useCallback(() => setTimes((count) => count + 1), []);
  // The caller's keys say when to ask anew; before the first image, which takes a slow phone a second.
  useLayoutEffect(() => {
    newest.current += 1;
    const mine = newest.current;
    load().then(
      (data) => mine === newest.current && setState({ data, error: null }),
      (error: unknown) =>
        mine === newest.current &&
        setState((before) => ({
          ...before,
          error: error instanceof ApiError ? error : new ApiError(0, "bug", String(error)),
        })),
    );
  }, [...keys, times]);
  return { ...state, again };
}

/** Shows what was loaded, or that it is on its way, or why it did not come. */
export function Shown<T>({ of, children }: { of: Loaded<T>; children: (data: T) => ComponentChildren }): VNode {
  if (of.data !== null) return <>{children(of.data)}</>;
  if (of.error !== null) return <Failed error={of.error} again={of.again} />;
  return <Loading />;
}
