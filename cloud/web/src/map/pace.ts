// How finely the map is drawn while it moves: coarser where the frames come too slowly, whole again when it rests.

/** Pictures that come more than this apart are too few: 30 a second need 33 ms. */
const SLOW_MS = 30;
/** Nobody draws for so long: the hand rested. */
const PAUSE_MS = 400;
const MOST_FRAMES = 4;
/** Another program may have been busy: after so long it is tried again how quickly whole frames come. */
const REMEMBERED_MS = 300_000;
const SHARES = [1, 0.5] as const;
/** Device pixels per CSS pixel below which marks cannot be distinguished. */
const LEAST_RATIO = 0.5;

/** Judges by when frames come, in milliseconds of any one clock. */
export class Pace {
  private level = 0;
  private judgedAt = 0;
  private last: number | null = null;
  private gaps: number[] = [];

  /** A movement begins. */
  begin(now: number): void {
    if (now - this.judgedAt > REMEMBERED_MS) this.level = 0;
    this.last = null;
    this.gaps = [];
  }

  /** A frame was drawn while moving; true where the next has to be drawn coarser than this one. */
  drawn(now: number): boolean {
    const gap = this.last === null ? PAUSE_MS : now - this.last;
    this.last = now;
    if (gap < PAUSE_MS) this.gaps.push(gap);
    if (this.gaps.length < MOST_FRAMES) return false;
    const isSlow = this.gaps.filter((one) => one > SLOW_MS).length > MOST_FRAMES / 2;
    this.gaps = [];
    if (!isSlow || this.level === SHARES.length - 1) return false;
    this.level += 1;
    this.judgedAt = now;
    return true;
  }

  /** Device pixels per CSS pixel while moving, `whole` being those of the screen. */
  ratio(whole: number): number {
    return Math.max(Math.min(whole, LEAST_RATIO), whole * (SHARES[this.level] ?? 1));
  }
}
