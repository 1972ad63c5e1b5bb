// The time that the control room shows: a slider over the last day, play and pause, and the way back to now.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { dateAndTime, number, timeOfDay } from "../../words/format";
import { floorMinute, MINUTE_MS, nextMinute, SPEEDS, type Span, type Speed, spanAt, within } from "./minutes";
import { replay } from "./replay";
import { translate } from "./words";

const TICK_MS = 1_000;
const SETTLE_MS = 150;
const JUMP = 10 * MINUTE_MS;

interface TimeBarProps {
  /** The minute in the address; null: now. */
  readonly at: number | null;
  /** `isStep`: Back leads out of it. */
  readonly show: (at: number | null, isStep: boolean) => void;
}

/** Opens the replay at the minute that was over last. */
export function ReplayButton({ show }: Pick<TimeBarProps, "show">): VNode {
  return (
    <button
      type="button"
      class="button"
      id="replay"
      title={translate("replayHelp")}
      onClick={() => show(floorMinute(Date.now()), true)}
    >
      <Icon name="clock" />
      <span>{translate("replay")}</span>
    </button>
  );
}

export function TimeBar({ at, show }: TimeBarProps): VNode | null {
  const span = useSpan();
  const [wanted, setWanted] = useSettled(at, (next) => show(next, false));
  const [speed, setSpeed] = useState<Speed>(5);
  const [isPlaying, setPlaying] = usePlayer(at, speed, span, (next) => show(next, false));
  if (at === null || wanted === null) return null;
  const jump = (by: number): void => setWanted(within(wanted + by, span));
  return (
    <section class="room-time" aria-label={translate("time")} data-shown={replay.value?.state?.at ?? ""}>
      <Band at={wanted} leave={() => show(null, true)} />
      <div class="time-controls">
        <button
          type="button"
          class="button main"
          id="play"
          aria-pressed={isPlaying}
          disabled={wanted >= span.to}
          onClick={() => setPlaying(!isPlaying)}
        >
          <Icon name={isPlaying ? "pause" : "play"} />
          <span>{translate(isPlaying ? "pause" : "play")}</span>
        </button>
        <label class="time-speed">
          <span class="for-ears">{translate("speed")}</span>
          <select
            class="input"
            id="speed"
            value={speed}
            onChange={(event) => setSpeed(Number(event.currentTarget.value) as Speed)}
          >
            {SPEEDS.map((one) => (
              <option key={one} value={one}>
                {translate("speedOf", { n: number(one) })}
              </option>
            ))}
          </select>
        </label>
        <Jump icon="back" words="earlier" isOff={wanted <= span.from} go={() => jump(-JUMP)} />
        <Slider at={wanted} span={span} set={setWanted} />
        <Jump icon="next" words="later" isOff={wanted >= span.to} go={() => jump(JUMP)} />
      </div>
    </section>
  );
}

/** That it is not now stands over everything, and is said when it begins. */
function Band({ at, leave }: { at: number; leave: () => void }): VNode {
  const { state, error } = replay.value ?? { state: null, error: null };
  const isShown = state !== null && Date.parse(state.at) === at;
  return (
    <div class="time-band row apart">
      <p class="row nofold" role="status" id="seen-at">
        <Icon name="clock" />
        <span class="strong">{translate(isShown ? "seeing" : "loading", { t: momentWords(at) })}</span>
        {error ? <span class="bad">{error.message}</span> : null}
      </p>
      <button type="button" class="button" id="to-now" onClick={leave}>
        {translate("now")}
      </button>
    </div>
  );
}

/** The time alone today, with its date on another day. */
const momentWords = (at: number): string =>
  new Date(at).toDateString() === new Date().toDateString() ? timeOfDay(at) : dateAndTime(at);

function Slider({ at, span, set }: { at: number; span: Span; set: (at: number) => void }): VNode {
  return (
    <div class="time-slider grow">
      <input
        type="range"
        id="time"
        aria-label={translate("time")}
        aria-valuetext={dateAndTime(at)}
        min={0}
        max={(span.to - span.from) / MINUTE_MS}
        step={1}
        value={(at - span.from) / MINUTE_MS}
        onInput={(event) => set(span.from + Number(event.currentTarget.value) * MINUTE_MS)}
      />
      <p class="row apart nofold small soft figures" aria-hidden="true">
        {[0, 6, 12, 18, 24].map((hours) => (
          <span key={hours}>{timeOfDay(span.from + hours * 60 * MINUTE_MS)}</span>
        ))}
      </p>
    </div>
  );
}

function Jump(props: { icon: string; words: "earlier" | "later"; isOff: boolean; go: () => void }): VNode {
  const { icon, words, isOff, go } = props;
  return (
    <button type="button" class="button square" id={words} aria-label={translate(words)} disabled={isOff} onClick={go}>
      <Icon name={icon} />
    </button>
  );
}

/** What can be looked at again moves on with the clock. */
function useSpan(): Span {
  const [span, setSpan] = useState(() => spanAt(Date.now()));
  useEffect(() => {
    const timer = setInterval(() => {
      const next = spanAt(Date.now());
      setSpan((held) => (held.to === next.to ? held : next));
    }, TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return span;
}

/** The minute under somebody's hand; it is asked for when the hand rests. */
function useSettled(at: number | null, settle: (at: number) => void): [number | null, (at: number) => void] {
  const [wanted, setWanted] = useState(at);
  useEffect(() => setWanted(at), [at]);
  useEffect(() => {
    if (wanted === null || wanted === at) return;
    const timer = setTimeout(() => settle(wanted), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  return [wanted, setWanted];
}

/** Goes on by itself, each minute after the one before has come; ends with the span, and where one does not come. */
function usePlayer(
  at: number | null,
  speed: Speed,
  span: Span,
  go: (at: number) => void,
): [boolean, (isPlaying: boolean) => void] {
  const [isPlaying, setPlaying] = useState(false);
  const { state, error } = replay.value ?? { state: null, error: null };
  const hasCome = at !== null && state !== null && Date.parse(state.at) === at;
  useEffect(() => {
    if (!isPlaying || at === null) return;
    const next = nextMinute(at, speed, span);
    if (next === null || error !== null) {
      setPlaying(false);
      return;
    }
    if (!hasCome) return;
    const timer = setTimeout(() => go(next), TICK_MS);
    return () => clearTimeout(timer);
  }, [isPlaying, at, speed, hasCome, error, span.to]);
  useEffect(() => {
    if (at === null) setPlaying(false);
  }, [at === null]);
  return [isPlaying, setPlaying];
}
