// The box that finds a place by its name: a combobox with a list, for keys and screen readers as for fingers.

import type { VNode } from "preact";
import { useId, useMemo, useRef, useState } from "preact/hooks";
import type { Gauge } from "../live/city";
import { Icon } from "../parts/icons";
import type { Basemap } from "./basemap";
import { loadNames, ofAreas, ofGauges } from "./places";
import { type Findable, findPlaces } from "./search";
import type { Shapes } from "./shapes";
import { kindWords, translate } from "./words";

interface SearchBoxProps {
  readonly basemap: Basemap | null;
  readonly areas: Shapes;
  readonly gauges: Iterable<Gauge>;
  readonly onFound: (place: Findable | null) => void;
}

export function SearchBox({ basemap, areas, gauges, onFound }: SearchBoxProps): VNode {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(-1);
  const [isOpen, setOpen] = useState(false);
  const [announced, setAnnounced] = useState("");
  const [names, setNames] = useState<readonly Findable[]>([]);
  const [isMissing, setMissing] = useState(false);
  const places = useMemo(() => [...ofGauges(gauges), ...ofAreas(areas), ...names], [gauges, areas, names]);
  const found = useMemo(() => (isOpen ? findPlaces(places, typed) : []), [places, typed, isOpen]);

  const load = (): void => {
    if (!basemap || names.length > 0) return;
    loadNames(basemap).then(
      (all) => {
        setNames(all);
        setMissing(false);
      },
      () => setMissing(true),
    );
  };
  const type = (text: string): void => {
    setTyped(text);
    setAt(-1);
    setOpen(text.trim() !== "");
  };
  const choose = (place: Findable): void => {
    setTyped(place.name);
    setOpen(false);
    setAt(-1);
    setAnnounced(translate("shownPlace", { name: place.name }));
    onFound(place);
  };
  const clear = (): void => {
    type("");
    setAnnounced("");
    onFound(null);
    input.current?.focus();
  };
  const move = (by: 1 | -1): void => {
    if (isOpen) setAt(moved(at, by, found.length));
    else setOpen(typed.trim() !== "");
  };
  const enter = (): void => {
    const place = found[Math.max(0, at)];
    if (place) choose(place);
    else setOpen(typed.trim() !== "");
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: enter,
    ...(typed ? { Escape: isOpen ? () => setOpen(false) : clear } : {}),
  };
  const step = (event: KeyboardEvent): void => {
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const isNone = isOpen && found.length === 0;
  const news = isNone
    ? translate("foundNone", { typed })
    : isOpen
      ? translate("foundMany", { n: found.length })
      : announced;
  return (
    <search class="map-search">
      <Icon name="search" />
      <input
        ref={input}
        type="text"
        inputMode="search"
        enterKeyHint="search"
        role="combobox"
        autoComplete="off"
        spellcheck={false}
        aria-label={translate("findPlace")}
        aria-autocomplete="list"
        aria-expanded={isOpen && found.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        placeholder={translate("findShort")}
        value={typed}
        onFocus={load}
        onBlur={() => setOpen(false)}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={step}
      />
      {typed ? (
        <button type="button" class="map-search-clear" aria-label={translate("clear")} onClick={clear}>
          <Icon name="close" />
        </button>
      ) : null}
      <div
        id={`${id}-list`}
        class="map-search-list"
        role="listbox"
        aria-label={translate("findPlace")}
        hidden={isNone || !isOpen}
      >
        {found.map((place, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the box (aria-activedescendant)
          <div
            key={`${place.kind} ${place.name} ${place.lat} ${place.lon}`}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => choose(place)}
          >
            {place.name} <span class="small soft">{kindWords(place.kind)}</span>
          </div>
        ))}
      </div>
      {isNone ? <p class="map-search-none">{news}</p> : null}
      {isMissing ? <p class="map-search-none">{translate("namesMissing")}</p> : null}
      <p class="for-ears" role="status">
        {news}
      </p>
    </search>
  );
}

/** The next of a list, round and round; -1 where none is chosen yet. */
function moved(at: number, by: 1 | -1, count: number): number {
  if (count === 0) return -1;
  return at < 0 ? (by > 0 ? 0 : count - 1) : (at + by + count) % count;
}
