// How lines that are compared differ without colour.

export const DASHES: readonly (readonly number[])[] = [
  [10, 4],
  [2, 3],
  [12, 3, 2, 3],
];
