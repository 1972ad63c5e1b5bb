// The subscriptions that were made in this browser: their links, which only it knows.

const KEY = "siaga-subscriptions";

export interface Mine {
  readonly manage: string;
  readonly name: string;
}

export const mySubscriptions = (): readonly Mine[] => JSON.parse(localStorage.getItem(KEY) ?? "[]") as Mine[];

export function rememberSubscriptions(next: readonly Mine[]): void {
  localStorage.setItem(KEY, JSON.stringify(next));
}
