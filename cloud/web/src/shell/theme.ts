// How the page looks: as the device wants, light, dark for a control room, or hard contrast for bright sun.

import { effect, signal } from "@preact/signals";

export const THEMES = ["auto", "light", "dark", "sun"] as const;
type Theme = (typeof THEMES)[number];

const KEY = "siaga-theme";
const wantsDark = matchMedia("(prefers-color-scheme: dark)");
const deviceIsDark = signal(wantsDark.matches);
wantsDark.addEventListener("change", () => {
  deviceIsDark.value = wantsDark.matches;
});

function remembered(): Theme {
  const stored = localStorage.getItem(KEY);
  return THEMES.find((one) => one === stored) ?? "auto";
}

export const theme = signal<Theme>(remembered());

/** Whether a page wants the dark where nobody chose: a control room is dark. */
export const prefersDark = signal(false);

/** What is shown now, never "auto". */
export const shownTheme = signal<Exclude<Theme, "auto">>("light");

export function setTheme(wanted: Theme): void {
  theme.value = wanted;
  localStorage.setItem(KEY, wanted);
}

effect(() => {
  const shown = theme.value === "auto" ? (deviceIsDark.value || prefersDark.value ? "dark" : "light") : theme.value;
  shownTheme.value = shown;
  document.documentElement.dataset.theme = shown;
});
