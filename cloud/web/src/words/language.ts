// Which language is spoken, and how numbers and times are said in it.

import { signal } from "@preact/signals";

export type Language = "id" | "en";
/** What is said in Indonesian and in English; a key without both does not compile. */
export type Pair = readonly [id: string, en: string];
export type Params = Readonly<Record<string, string | number>>;

const KEY = "siaga-language";

function remembered(): Language {
  const stored = globalThis.localStorage?.getItem(KEY);
  if (stored === "id" || stored === "en") return stored;
  return globalThis.navigator?.language?.startsWith("en") ? "en" : "id";
}

export const language = signal<Language>(remembered());

export function setLanguage(wanted: Language): void {
  language.value = wanted;
  localStorage.setItem(KEY, wanted);
  document.documentElement.lang = wanted;
}

/** The words of a table by key, with {parameters} filled. A component that says something is drawn anew with the language. */
export function words<K extends string>(table: Readonly<Record<K, Pair>>) {
  return (key: K, params: Params = {}): string => fill(table[key][language.value === "en" ? 1 : 0], params);
}

/** Like `words`, for keys that the server sends: one that is not known is shown as it is, so that it is not lost. */
export function serverWords(table: Readonly<Record<string, Pair>>) {
  return (key: string | null | undefined): string => {
    if (!key) return "";
    const pair = table[key];
    return pair ? pair[language.value === "en" ? 1 : 0] : key.replaceAll("_", " ");
  };
}

/** Chooses between two texts that the server sent. */
export function either(id: string | null | undefined, en: string | null | undefined): string {
  return (language.value === "en" ? en : id) ?? "";
}

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ""));
}
