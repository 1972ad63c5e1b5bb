// What a head answers for, asked once for all pages under /heads; narrowed by ?area= so that a page can be passed on.

import { type ComponentChildren, createContext, type VNode } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, request, type Schemas } from "../api/client";
import { listen } from "../live/stream";
import { SelectField } from "../parts/form";
import { Icon } from "../parts/icons";
import { Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { levelWords, translate } from "./words";

export type Field = Schemas["HeadScope"];
type FieldArea = Schemas["AreaSummary"];

/** The part of a question that says whose figures are asked for. */
export interface AreaQuery {
  readonly area?: string;
}

const FieldOf = createContext<Field | null>(null);
const ChangesOf = createContext(0);

export function useAreaQuery(): AreaQuery {
  const { area } = useLocation().query;
  return area ? { area } : {};
}

export function useField(): Field {
  const field = useContext(FieldOf);
  if (field === null) throw new Error("pages of heads stand inside WithField");
  return field;
}

export function WithField({ children }: { children: ComponentChildren }): VNode {
  const area = useAreaQuery();
  const field = useLoad(() => request(api.GET("/api/v1/heads/scope", { params: { query: area } })), [area.area]);
  const changes = useListening();
  return (
    <ChangesOf.Provider value={changes}>
      <Shown of={field}>{(one) => <FieldOf.Provider value={one}>{children}</FieldOf.Provider>}</Shown>
    </ChangesOf.Provider>
  );
}

/** Counts up, at most every few seconds, while tasks change: what a page lists is then asked for anew. */
export const useTaskChanges = (): number => useContext(ChangesOf);

/** An address under /heads for the same area. */
export function linkTo(path: string, area: AreaQuery, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({ ...area, ...more }).toString();
  return `/heads${path}${query ? `?${query}` : ""}`;
}

/** "Kelurahan Manggarai", or the agency, or the whole city. */
export function fieldName(field: Field): string {
  const area = field.path[0];
  if (field.agency_name) return area ? `${field.agency_name}, ${areaName(area)}` : field.agency_name;
  return area ? areaName(area) : translate("wholeCity");
}

export const areaName = (area: FieldArea): string => `${levelWords(area.level)} ${area.name}`;

const PAGES = [
  ["", "today", "home"],
  ["/tasks", "queue", "tasks"],
  ["/officers", "officers", "person"],
  ["/figures", "figures", "chart"],
  ["/month", "monthly", "print"],
] as const;

/** A page under /heads: whose it is, the ways to the others, and the areas that it can be narrowed to. */
export function Frame(props: { title?: string; tools?: ComponentChildren; children: ComponentChildren }): VNode {
  const field = useField();
  const area = useAreaQuery();
  const path = useLocation().path.replace(/\/$/, "");
  const name = fieldName(field);
  return (
    <Page
      title={props.title ?? name}
      intro={props.title ? name : field.path.slice(1).map(areaName).join(" · ")}
      tools={props.tools}
    >
      <nav class="heads-nav no-print" aria-label={translate("pages")}>
        {PAGES.map(([to, words, icon]) => (
          <a key={to} href={linkTo(to, area)} aria-current={path === `/heads${to}` ? "page" : undefined}>
            <Icon name={icon} />
            {translate(words)}
          </a>
        ))}
      </nav>
      <Narrow field={field} />
      {props.children}
    </Page>
  );
}

function Narrow({ field }: { field: Field }): VNode | null {
  const { path, query, route } = useLocation();
  const options = narrowings(field);
  if (options.length < 2) return null;
  const choose = (area: string): void => {
    const { area: _, ...rest } = query;
    const next = new URLSearchParams(area ? { ...rest, area } : rest).toString();
    route(next ? `${path}?${next}` : path);
  };
  return (
    <div class="heads-narrow no-print">
      <SelectField label={translate("narrow")} value={field.area_id ?? ""} onValue={choose} options={options} />
    </div>
  );
}

/** Up to where the own field begins, down one level, or beside where there is nothing below. */
export function narrowings(field: Field): (readonly [string, string])[] {
  const ownAt = field.path.findIndex((one) => one.id === field.own_area_id);
  const above = [...(ownAt < 0 ? field.path : field.path.slice(0, ownAt + 1))].reverse();
  const isOwn = field.area_id !== null && field.area_id === field.own_area_id;
  const near = field.below.length > 0 || isOwn ? field.below : field.beside;
  const whole: (readonly [string, string])[] =
    field.own_area_id === null ? [["", translate(field.agency_id ? "allAreas" : "wholeCity")]] : [];
  return [...whole, ...above.map(option), ...near.map(option)];
}

const option = (area: FieldArea): readonly [string, string] => [area.id, areaName(area)];

const GATHER_MS = 4_000;

function useListening(): number {
  const [times, setTimes] = useState(0);
  useEffect(() => {
    let timer = 0;
    let isFirst = true;
    const later = (): void => {
      if (timer === 0) {
        timer = setTimeout(() => {
          timer = 0;
          setTimes((count) => count + 1);
        }, GATHER_MS) as unknown as number;
      }
    };
    const stop = listen({
      onChange: (kind) => kind === "task" && later(),
      onReload: () => {
        if (!isFirst) later();
        isFirst = false;
      },
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
  return times;
}

/** A file for a spreadsheet, of what is shown. */
export function Download(props: { of: string; query: Readonly<Record<string, string | undefined>> }): VNode {
  const given = Object.entries(props.query).filter((one): one is [string, string] => Boolean(one[1]));
  const query = new URLSearchParams([...given, ["format", "csv"]]);
  return (
    <a class="button no-print" href={`/api/v1/heads/${props.of}?${query}`} download data-export={props.of}>
      <Icon name="download" />
      {translate("export")}
    </a>
  );
}
