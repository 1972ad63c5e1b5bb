// The policy as it is being changed: loaded, edited in parts, saved whole under the version that was shown.

import { useEffect, useState } from "preact/hooks";
import { api, request, type Schemas } from "../../api/client";
import { type Loaded, useLoad } from "../../parts/load";
import { toast } from "../../parts/toasts";
import { type Saving, useSaving } from "../saving";
import { translate } from "../words";

type Draft = Schemas["PolicyDraft"];
export type Document = Schemas["PolicyFile"];
export type Rule = Document["rule"][number];
export type Deadline = NonNullable<Document["deadline"]>[number];
export type Calendar = NonNullable<Document["calendar"]>;

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export const SEVERITIES = ["minor", "moderate", "severe"] as const;

export interface Editing {
  readonly found: Loaded<Draft>;
  readonly document: Document | null;
  readonly isChanged: boolean;
  readonly change: (part: Partial<Document>) => void;
  readonly discard: () => void;
  readonly saving: Saving<[]>;
  readonly use: Saving<[number: number]>;
}

export const loadDraft = async (): Promise<Draft> =>
  (await request(api.GET("/api/v1/policy/draft"))) as unknown as Draft;

export function useDraft(): Editing {
  const found = useLoad(loadDraft, []);
  const [base, setBase] = useState<Draft | null>(null);
  const [document, setDocument] = useState<Document | null>(null);
  // The client's types take pairs for lists.
  const replaceDraft = (given: unknown): void => {
    const draft = given as Draft;
    setBase(draft);
    setDocument(draft.document);
  };
  useEffect(() => {
    if (found.data) replaceDraft(found.data);
  }, [found.data]);
  const header = { "if-match": base?.version ?? "" };
  const saving = useSaving(async () => {
    if (!document) return;
    replaceDraft(await request(api.PUT("/api/v1/policy", { params: { header }, body: document })));
    toast(translate("saved"), "good");
  });
  const use = useSaving(async (number: number) => {
    const params = { path: { number }, header };
    replaceDraft(await request(api.POST("/api/v1/policy/versions/{number}/restore", { params })));
    toast(translate("saved"), "good");
  });
  return {
    found: base ? { ...found, data: base } : found,
    document,
    isChanged: base !== null && JSON.stringify(document) !== JSON.stringify(base.document),
    change: (part) => setDocument((held) => (held ? { ...held, ...part } : held)),
    discard: () => base && setDocument(base.document),
    saving,
    use,
  };
}

/** A list with the entry at `at` moved by `by` places. */
export function movedBy<T>(list: readonly T[], at: number, by: number): T[] {
  const next = [...list];
  const [one] = next.splice(at, 1);
  if (one !== undefined) next.splice(Math.max(0, at + by), 0, one);
  return next;
}
