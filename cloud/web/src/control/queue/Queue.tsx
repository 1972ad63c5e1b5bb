// The open incidents, the most urgent first: to be searched, filtered, chosen by keys and judged several at once. Rows do not
// move while a hand is over them.

import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Incident, loaded } from "../../live/city";
import { SelectField } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { Empty, Loading } from "../../parts/layout";
import { role } from "../../session/session";
import { now } from "../../shell/now";
import {
  categoryWords,
  translate as field,
  incidentStateWords,
  severityWords,
  sourceWords,
  taskStateWords,
} from "../../words/field";
import { ago, number, percent } from "../../words/format";
import { PROGRESSES, type Progress, type View } from "../address";
import { KeysButton } from "../keys";
import { replay } from "../replay/replay";
import { progressWords, translate } from "../words";
import { Batch } from "./Batch";
import { displaced, filtered, steadied } from "./queue";

const MOST = 200;
const TYPING_MS = 300;

interface QueueProps {
  readonly open: readonly Incident[];
  readonly view: View;
  /** Replaces the address: what is typed is no step to go back to. */
  readonly show: (more: Partial<View>) => void;
  readonly choose: (id: string) => void;
}

export function Queue({ open, view, show, choose }: QueueProps): VNode {
  const found = useMemo(() => filtered(open, view, textOf), [open, view.words, view.category, view.progress]);
  const { rows, moved, resort, hand } = useSteady(found);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const pick = (id: string): void => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    setPicked(next);
  };
  if (!loaded.value.has("incident") || (replay.value && !replay.value.state && !replay.value.error)) return <Loading />;
  if (open.length === 0) return <Empty>{translate("noneOpen")}</Empty>;
  const chosen = view.chosen?.id ?? null;
  const several = open.filter((one) => picked.has(one.id));
  return (
    <div class="stack tight">
      <Filters open={open} found={found.length} view={view} show={show} />
      {moved > 0 ? (
        <button type="button" class="button small wide" id="resort" onClick={resort}>
          {translate("resort", { n: number(moved) })}
        </button>
      ) : null}
      {several.length > 0 && !replay.value ? <Batch incidents={several} leave={() => setPicked(new Set())} /> : null}
      {rows.length === 0 ? <Empty>{translate("noneFound")}</Empty> : null}
      <ol class="list queue" id="queue" {...hand}>
        {rows.slice(0, MOST).map((one) => (
          <li key={one.id} class="nofold row">
            {role.value === "leader" || replay.value ? null : (
              <input
                type="checkbox"
                tabIndex={-1}
                aria-label={translate("pick", { n: one.number })}
                checked={picked.has(one.id)}
                onChange={() => pick(one.id)}
              />
            )}
            <Row one={one} isChosen={one.id === chosen} choose={choose} />
          </li>
        ))}
      </ol>
      {rows.length > MOST ? <p class="small soft">{translate("notShown", { n: number(rows.length - MOST) })}</p> : null}
    </div>
  );
}

function Row({ one, isChosen, choose }: { one: Incident; isChosen: boolean; choose: (id: string) => void }): VNode {
  const edge = one.severity === "severe" ? "edge-1" : one.severity === "moderate" ? "edge-2" : "";
  return (
    <button
      type="button"
      class={`card edge room-row queue-row ${edge}`}
      aria-pressed={isChosen}
      onClick={() => choose(one.id)}
    >
      <span class="row nofold">
        <Icon name={one.category} />
        <span class="grow lines">
          <span class="line">
            <span class="strong">{categoryWords(one.category)}</span> {one.area_name ?? ""}
          </span>
          <span class="line small soft">{describeIncident(one)}</span>
        </span>
        <span class="figures nowrap">{percent(one.confidence)}</span>
      </span>
    </button>
  );
}

/** Number, severity, what is done about it, who reported it and how long ago, without what is not known. */
function describeIncident(one: Incident): string {
  const parts = [
    `#${one.number}`,
    severityWords(one.severity),
    one.task_state ? taskStateWords(one.task_state) : "",
    one.verdict ? incidentStateWords(one.verdict) : "",
    ago(one.began_at, now.value),
    one.source_kinds.map(sourceWords).join(" + "),
  ];
  return parts.filter(Boolean).join(" · ");
}

const textOf = (one: Incident): string =>
  `${categoryWords(one.category)} ${one.area_name ?? ""} ${describeIncident(one)}`;

function Filters({ open, found, view, show }: Omit<QueueProps, "choose"> & { found: number }): VNode {
  const [words, setWords] = useState(view.words);
  useEffect(() => {
    if (words === view.words) return;
    const timer = setTimeout(() => show({ words }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [words]);
  useEffect(() => setWords(view.words), [view.words]);
  const kinds = useMemo(() => [...new Set(open.map((one) => one.category))].sort(), [open]);
  return (
    <search class="filters">
      <input
        class="input"
        type="search"
        id="search"
        aria-label={translate("searchIncidents")}
        placeholder={field("search")}
        value={words}
        onInput={(event) => setWords(event.currentTarget.value)}
      />
      <SelectField
        label={translate("kind")}
        value={view.category}
        onValue={(category) => show({ category })}
        options={[["", translate("allKinds")], ...kinds.map((one) => [one, categoryWords(one)] as const)]}
      />
      <SelectField<Progress>
        label={translate("state")}
        value={view.progress}
        onValue={(progress) => show({ progress })}
        options={PROGRESSES.map((one) => [one, progressWords(one || "all")] as const)}
      />
      <KeysButton />
      <p class="for-ears" role="status">
        {translate("foundOf", { n: number(found), of: number(open.length) })}
      </p>
    </search>
  );
}

interface Steady {
  readonly rows: readonly Incident[];
  /** How many would stand elsewhere if nobody's hand were over them. */
  readonly moved: number;
  readonly resort: () => void;
  readonly hand: {
    readonly onPointerEnter: () => void;
    readonly onPointerLeave: () => void;
    readonly onFocusIn: () => void;
    readonly onFocusOut: () => void;
  };
}

/** Holds the sequence while a pointer is over the rows or one of them has the focus. */
function useSteady(sorted: readonly Incident[]): Steady {
  const [isOver, setOver] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const [, draw] = useState(0);
  const held = useRef<readonly string[]>([]);
  const rows = isOver || isFocused ? steadied(held.current, sorted) : sorted;
  held.current = rows.map((one) => one.id);
  return {
    rows,
    moved: displaced(rows, sorted),
    resort: () => {
      held.current = sorted.map((one) => one.id);
      draw((times) => times + 1);
    },
    hand: {
      onPointerEnter: () => setOver(true),
      onPointerLeave: () => setOver(false),
      onFocusIn: () => setFocused(true),
      onFocusOut: () => setFocused(false),
    },
  };
}
