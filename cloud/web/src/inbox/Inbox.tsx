// The operators' inbox: messages of citizens that the rules were not sure of, each made a report or put aside by a person.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { channelWords } from "../connectors/words";
import type { Spot } from "../live/reading";
import { CityMap } from "../map/CityMap";
import { SelectField, TextField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Empty, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { now } from "../shell/now";
import { ago, number } from "../words/format";
import { language } from "../words/language";
import { translate, whyWords } from "./words";

type Item = Schemas["InboxItem"];
type Category = Schemas["ReportCategory"];

export function Inbox(): VNode {
  const items = useLoad(() => request(api.GET("/api/v1/inbox")), []);
  const categories = useLoad(
    () => request(api.GET("/api/v1/categories", { params: { query: { lang: language.value } } })),
    [language.value],
  );
  const [open, setOpen] = useState<string | null>(null);
  const decided = (): void => {
    setOpen(null);
    items.again();
  };
  const again = (
    <button type="button" class="button" onClick={items.again}>
      <Icon name="refresh" />
      {translate("refresh")}
    </button>
  );
  return (
    <Page title={translate("title")} intro={translate("intro")} tools={again} width="narrow">
      <Shown of={items}>
        {(found) =>
          found.length === 0 ? (
            <Empty>{translate("nothing")}</Empty>
          ) : (
            <ul class="list" id="inbox">
              {found.map((one) => (
                <li key={one.id} class="card">
                  <Content item={one} />
                  <button
                    type="button"
                    class="button"
                    aria-expanded={open === one.id}
                    onClick={() => setOpen(open === one.id ? null : one.id)}
                  >
                    {translate(open === one.id ? "shut" : "open")}
                  </button>
                  {open === one.id ? <Decide item={one} categories={categories.data ?? []} decided={decided} /> : null}
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Page>
  );
}

function Content({ item }: { item: Item }): VNode {
  return (
    <>
      <p class="row apart small soft">
        <span>
          {channelWords(item.channel)} · {translate("from", { who: item.sender })}
        </span>
        <span>{ago(item.received_at, now.value)}</span>
      </p>
      <p class="said">{item.text}</p>
      <p class="small">
        <span class="tag">{whyWords(item.why)}</span>
      </p>
    </>
  );
}

interface DecideProps {
  readonly item: Item;
  readonly categories: readonly Category[];
  readonly decided: () => void;
}

function Decide({ item, categories, decided }: DecideProps): VNode {
  const [category, setCategory] = useState(item.category ?? "");
  const [place, setPlace] = useState<Spot | null>(
    item.lat !== null && item.lon !== null ? { lat: item.lat, lon: item.lon } : null,
  );
  const [middle, setMiddle] = useState<Spot | null>(null);
  const path = { params: { path: { item_id: item.id } } };
  const [busy, make] = useAction(async () => {
    if (place === null) return;
    await request(
      api.POST("/api/v1/inbox/{item_id}", { ...path, body: { category, ...place, reject: false, reason: "" } }),
    );
    toast(translate("made"), "good");
    decided();
  });
  return (
    <div class="stack">
      <SelectField
        label={translate("kind")}
        value={category}
        onValue={setCategory}
        options={[["", translate("choose")], ...categories.map((one) => [one.id, one.name] as const)]}
      />
      <Candidates item={item} choose={setPlace} />
      <p class="small soft">{translate("move")}</p>
      <div class="report-map">
        <CityMap cross marked={place} look={place} onMoved={setMiddle} />
      </div>
      <button type="button" class="button wide" disabled={middle === null} onClick={() => middle && setPlace(middle)}>
        {translate("useMiddle")}
      </button>
      <output class="strong">
        {place ? translate("placeIs", { lat: number(place.lat, 5), lon: number(place.lon, 5) }) : translate("noPlace")}
      </output>
      <button
        type="button"
        class="button main big wide"
        disabled={busy || category === "" || place === null}
        onClick={() => make()}
      >
        {translate("makeReport")}
      </button>
      <Reject item={item} decided={decided} />
    </div>
  );
}

function Candidates({ item, choose }: { item: Item; choose: (place: Spot) => void }): VNode | null {
  if (item.candidates.length === 0) return null;
  return (
    <div class="stack tight">
      <p class="small soft">{translate("meant")}</p>
      <div class="row">
        {item.candidates.map((one) => (
          <button key={one.id} type="button" class="button" onClick={() => choose({ lat: one.lat, lon: one.lon })}>
            <Icon name="place" />
            {one.name}
          </button>
        ))}
      </div>
    </div>
  );
}

function Reject({ item, decided }: { item: Item; decided: () => void }): VNode {
  const [reason, setReason] = useState("");
  const [busy, put] = useAction(async (why: string) => {
    const path = { params: { path: { item_id: item.id } } };
    await request(api.POST("/api/v1/inbox/{item_id}", { ...path, body: { reject: true, reason: why } }));
    toast(translate("rejected"), "good");
    decided();
  });
  return (
    <div class="stack tight">
      <TextField label={translate("reason")} value={reason} onValue={setReason} maxLength={2000} autocomplete="off" />
      <div class="row">
        <button type="button" class="button danger" disabled={busy || reason.trim() === ""} onClick={() => put(reason)}>
          {translate("reject")}
        </button>
        {item.why.startsWith("about report") ? (
          <button type="button" class="button" disabled={busy} onClick={() => put(translate("readReason"))}>
            {translate("read")}
          </button>
        ) : null}
      </div>
    </div>
  );
}
