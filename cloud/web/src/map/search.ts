// Finds places by what is typed, as core/siaga_core/rules/text/search.py does; both pass tests/data/place_search.json.

import { SEARCH_WORDS } from "../api/registries";

export type PlaceKind = "gauge" | "landmark" | "area" | "street";

export interface Findable {
  readonly name: string;
  readonly kind: PlaceKind;
  readonly lat: number;
  readonly lon: number;
  readonly words: readonly string[];
}

const KINDS_BY_RANK: readonly string[] = ["gauge", "landmark", "area", "street"];
const MOST_FOUND = 8;
const SHORTEST_BEGINNING = 3;
const SAME = 0;
const BEGINS = 1;
const CONTAINS = 2;

export function searchWords(text: string): readonly string[] {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => SEARCH_WORDS[word] ?? word);
}

/** Those whose names have all words typed, the best first; none where no word was typed. */
export function findPlaces<T extends Pick<Findable, "name" | "words"> & { readonly kind: string }>(
  places: readonly T[],
  typed: string,
  most = MOST_FOUND,
): readonly T[] {
  const wanted = searchWords(typed);
  if (wanted.length === 0) return [];
  return places
    .flatMap((place) => {
      const rank = rankOf(place.words, wanted);
      return rank === null ? [] : [{ rank, place }];
    })
    .sort((a, b) => a.rank - b.rank || compare(a.place, b.place))
    .slice(0, most)
    .map(({ place }) => place);
}

function compare(a: { name: string; kind: string }, b: { name: string; kind: string }): number {
  return kindRank(a.kind) - kindRank(b.kind) || a.name.length - b.name.length || (a.name < b.name ? -1 : 1);
}

function rankOf(words: readonly string[], wanted: readonly string[]): number | null {
  if (words.length === wanted.length && words.every((word, at) => word === wanted[at])) return SAME;
  if (!wanted.every((typed) => words.some((word) => begins(word, typed)))) return null;
  return wanted.every((typed, at) => at >= words.length || begins(words[at] ?? "", typed)) ? BEGINS : CONTAINS;
}

function begins(word: string, typed: string): boolean {
  if (word.startsWith(typed)) return true;
  if (typed.length < SHORTEST_BEGINNING) return false;
  return Object.entries(SEARCH_WORDS).some(([key, meant]) => key.startsWith(typed) && word.startsWith(meant));
}

const kindRank = (kind: string): number =>
  KINDS_BY_RANK.includes(kind) ? KINDS_BY_RANK.indexOf(kind) : KINDS_BY_RANK.length;
