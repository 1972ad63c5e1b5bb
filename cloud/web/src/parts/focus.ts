// Where the focus goes when what had it is gone, so that whoever works by keys is not sent back to the page's begin.

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
