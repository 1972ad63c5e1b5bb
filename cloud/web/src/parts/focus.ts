// Where the focus goes when what had it is gone, so that whoever works by keys is not sent back to the page's begin.

/** A button that works is disabled, one in a dialog leaves with it: it gets the focus back, or the page where it is no more. */
export function giveBack(pressed: Element | null): void {
  if (document.activeElement !== document.body || !(pressed instanceof HTMLElement) || pressed === document.body)
    return;
  const isThere = pressed.isConnected && !pressed.matches(":disabled");
  (isThere ? pressed : document.getElementById("main"))?.focus({ preventScroll: true });
}
