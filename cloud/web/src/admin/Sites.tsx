// Cameras by site: which box speaks for them, what is watched in their pictures, and the way to drawing it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, ask, type Schemas } from "../api/client";
import { type Camera, city, loaded, useCity } from "../live/city";
import { TextField } from "../parts/form";
import { Empty, Loading, Page } from "../parts/layout";
import { useLoad } from "../parts/load";
import { type Column, Table } from "../parts/table";
import { now } from "../shell/now";
import { say as field } from "../words/field";
import { ago, number } from "../words/say";
import { kindWords, stateWords, say as zones } from "./drawing/words";
import { say } from "./words";
import { say as site } from "./words-sites";

const MOST = 300;

export function Sites(): VNode {
  useCity("camera");
  const [text, setText] = useState("");
  const drawings = useLoad(() => ask(api.GET("/api/v1/drawings")), []);
  const drawn = new Map((drawings.data ?? []).map((one) => [one.camera_id, one]));
  const wanted = text.trim().toLowerCase();
  const fits = [...city.camera.value.values()].filter((one) =>
    `${one.id} ${one.name} ${one.area_name ?? ""}`.toLowerCase().includes(wanted),
  );
  return (
    <Page title={say("sites")} intro={site("intro")} width="wide">
      <TextField label={field("search")} type="search" value={text} onValue={setText} maxLength={64} />
      {loaded.value.has("camera") ? <Cameras cameras={fits} drawn={drawn} /> : <Loading />}
    </Page>
  );
}

type Drawn = ReadonlyMap<string, Schemas["DrawingState"]>;

function Cameras({ cameras, drawn }: { cameras: readonly Camera[]; drawn: Drawn }): VNode {
  if (cameras.length === 0) return <Empty>{say("noMatch")}</Empty>;
  const columns: Column<Camera>[] = [
    {
      id: "name",
      head: site("camera"),
      cell: (one) => (
        <>
          <span class="strong">{one.name || one.id}</span>
          <br />
          <span class="small soft">
            {one.id}
            {one.area_name ? ` · ${one.area_name}` : ""}
          </span>
        </>
      ),
      sortBy: (one) => one.name || one.id,
    },
    {
      id: "sight",
      head: site("sight"),
      cell: (one) => <Sight camera={one} />,
      sortBy: (one) => one.unknown_since ?? null,
    },
    {
      id: "zones",
      head: zones("shapes"),
      cell: (one) => <Zones camera={one} />,
      sortBy: (one) => (one.zones ?? []).length,
    },
    {
      id: "state",
      head: zones("way"),
      cell: (one) => <Drawing drawing={drawn.get(one.id)} />,
      sortBy: (one) => drawn.get(one.id)?.state ?? null,
    },
    {
      id: "draw",
      head: "",
      cell: (one) => (
        <a class="button" href={`/admin/sites/${one.id}`} aria-label={site("drawOf", { name: one.name || one.id })}>
          {site("draw")}
        </a>
      ),
    },
  ];
  return (
    <>
      <Table caption={say("sites")} rows={cameras.slice(0, MOST)} keyOf={(one) => one.id} columns={columns} />
      {cameras.length > MOST ? <p class="soft">{site("more", { n: number(cameras.length - MOST) })}</p> : null}
    </>
  );
}

function Sight({ camera }: { camera: Camera }): VNode {
  if (camera.unknown_since) {
    return <span class="warn">{field("unknownSince", { t: ago(camera.unknown_since, now.value) })}</span>;
  }
  return <span class="soft">{camera.last_frame_at ? ago(camera.last_frame_at, now.value) : field("noData")}</span>;
}

const zonesOf = (camera: Camera) => camera.zones ?? [];

function Zones({ camera }: { camera: Camera }): VNode {
  if (zonesOf(camera).length === 0) return <span class="soft">{field("none")}</span>;
  return (
    <span class="row">
      {zonesOf(camera).map((zone) => (
        <span key={zone.id} class="tag">
          {zone.id}: {kindWords(zone.kind)}
        </span>
      ))}
    </span>
  );
}

const GRAVE = new Set(["refused", "rolled_back", "problem"]);

function Drawing({ drawing }: { drawing: Schemas["DrawingState"] | undefined }): VNode {
  if (!drawing) return <span class="soft">{stateWords("none")}</span>;
  const tone = drawing.state === "applied" ? "good" : GRAVE.has(drawing.state) ? "bad" : "warn";
  return <span class={tone}>{stateWords(drawing.state)}</span>;
}
