// Where the focus goes when what had it is gone, so that whoever works by keys is not sent back to the page's begin.

import { useCallback, useRef } from "preact/hooks";

const WAIT_MS = 5_000;

/** A button that works is disabled, one in a dialog leaves with it: it gets the focus back, or what is chosen, or the page.
 * `fromPage`: also from the page, where something that left before had put it. */
export function giveBack(pressed: Element | null, fromPage = false): void {
  const at = document.activeElement;
  const isLost = at === document.body || (fromPage && at === document.getElementById("main"));
  if (!isLost || !(pressed instanceof HTMLElement) || pressed === document.body) return;
  const isThere = pressed.isConnected && !pressed.matches(":disabled");
  (isThere ? pressed : home())?.focus({ preventScroll: true });
}

/** Whoever cannot see the red border is put where it is, once it is drawn. */
export function focusFirstWrong(form: Element | null | undefined): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

/** After a step is done: to what is worked on, and on to the button that does the next step as soon as it is there, unless
 * somebody went elsewhere meanwhile. `selector`: of that button, "" where there is none. */
export function goOnTo(selector: string): void {
  home()?.focus({ preventScroll: true });
  if (!selector) return;
  const waitedFor = performance.now() + WAIT_MS;
  const look = (): void => {
    const at = document.activeElement;
    if (at !== home() && at !== document.body) return;
    const next = document.querySelector<HTMLElement>(`${selector}:not(:disabled)`);
    if (next) next.focus();
    else if (performance.now() < waitedFor) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** What is worked on, or the page. */
const home = (): HTMLElement | null =>
  document.querySelector<HTMLElement>("[data-goes-on]") ?? document.getElementById("main");

const isNowhere = (): boolean => document.activeElement === null || document.activeElement === document.body;

/**
 * A place that keeps the focus: `<section ref={useRestoredFocus()} tabIndex={-1}>`. When what had it leaves, by an action or
 * by news from the server, the first thing that can be done there gets it, else the place itself.
 */
export function useRestoredFocus(): (place: HTMLElement | null) => void {
  const end = useRef<(() => void) | null>(null);
  return useCallback((place) => {
    end.current?.();
    end.current = place && watch(place);
  }, []);
}

function watch(place: HTMLElement): () => void {
  let last: HTMLElement | null = null;
  const remember = ({ target }: FocusEvent): void => {
    // A dialog gives it back to what opened it.
    if (target instanceof HTMLElement && !target.closest("dialog")) last = target;
  };
  const changes = new MutationObserver(() => {
    if (last === null || last.isConnected || !isNowhere()) return;
    last = null;
    passOn(place);
  });
  place.addEventListener("focusin", remember);
  changes.observe(place, { childList: true, subtree: true });
  return () => {
    changes.disconnect();
    place.removeEventListener("focusin", remember);
  };
}

const USABLE = ["a[href]", "button", "input", "select", "textarea"].map((one) => `${one}:not(:disabled)`).join();

function passOn(place: HTMLElement): void {
  const isEmpty = place.offsetHeight === 0;
  const next = isEmpty ? document.getElementById("main") : (place.querySelector<HTMLElement>(USABLE) ?? place);
  next?.focus({ preventScroll: true });
  if (!isEmpty) next?.scrollIntoView({ block: "nearest" });
}
