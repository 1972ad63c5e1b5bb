// Cameras and gauges by site: which node speaks for them, what is watched, and the way to changing it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, request, type Schemas } from "../../api/client";
import { type Camera, city, loaded, useCity } from "../../live/city";
import { TextField } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { Empty, Loading, Page } from "../../parts/layout";
import { useLoad } from "../../parts/load";
import { type Column, Table } from "../../parts/table";
import { Tabs } from "../../parts/tabs";
import { now } from "../../shell/now";
import { translate as field } from "../../words/field";
import { ago, number } from "../../words/format";
import { kindWords, stateWords, translate as zones } from "../drawing/words";
import { translate } from "../words";
import { Gauges, Retired } from "./Stored";
import { translate as site } from "./words";

const MOST = 300;

const PARTS = ["cameras", "gauges", "retired"] as const;
type Part = (typeof PARTS)[number];

const partOf = (text: string | undefined): Part => PARTS.find((one) => one === text) ?? "cameras";

export function Sites(): VNode {
  const { query } = useLocation();
  const [part, setPart] = useState(() => partOf(query.part));
  const [text, setText] = useState("");
  const kind = part === "gauges" ? "gauge" : "camera";
  return (
    <Page
      title={translate("sites")}
      intro={site("intro")}
      width="wide"
      tools={
        part === "retired" ? null : (
          <a class="button main" id="new-site" href={`/admin/new/${kind}`}>
            <Icon name="report" />
            {site(kind === "gauge" ? "newGauge" : "newCamera")}
          </a>
        )
      }
    >
      <TextField label={field("search")} type="search" value={text} onValue={setText} maxLength={64} />
      <Tabs label={site("parts")} tabs={PARTS.map((id) => ({ id, words: site(id) }))} chosen={part} onChoose={setPart}>
        {part === "cameras" ? <CameraPart text={text} /> : null}
        {part === "gauges" ? <Gauges text={text} /> : null}
        {part === "retired" ? <Retired text={text} /> : null}
      </Tabs>
    </Page>
  );
}

function CameraPart({ text }: { text: string }): VNode {
  useCity("camera");
  const drawings = useLoad(() => request(api.GET("/api/v1/admin/drawings")), []);
  const drawn = new Map((drawings.data ?? []).map((one) => [one.camera_id, one]));
  const wanted = text.trim().toLowerCase();
  const fits = [...city.camera.value.values()].filter((one) =>
    `${one.id} ${one.name} ${one.area_name ?? ""}`.toLowerCase().includes(wanted),
  );
  return loaded.value.has("camera") ? <Cameras cameras={fits} drawn={drawn} /> : <Loading />;
}

type Drawn = ReadonlyMap<string, Schemas["DrawingSummary"]>;

function Cameras({ cameras, drawn }: { cameras: readonly Camera[]; drawn: Drawn }): VNode {
  if (cameras.length === 0)
    return <Empty>{city.camera.value.size > 0 ? translate("noMatch") : site("noCameras")}</Empty>;
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
      isName: true,
    },
    {
      id: "sight",
      head: site("lastSnapshot"),
      cell: (one) => <CameraView camera={one} />,
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
      head: zones("rolloutState"),
      cell: (one) => <Drawing drawing={drawn.get(one.id)} />,
      sortBy: (one) => drawn.get(one.id)?.state ?? null,
    },
    {
      id: "draw",
      head: "",
      cell: (one) => (
        <span class="row">
          <a class="button" href={`/admin/sites/${one.id}`} aria-label={site("drawOf", { name: one.name || one.id })}>
            {site("draw")}
          </a>
          <a
            class="button"
            href={`/admin/edit/camera/${one.id}`}
            aria-label={site("editOf", { name: one.name || one.id })}
          >
            {site("edit")}
          </a>
        </span>
      ),
    },
  ];
  return (
    <>
      <Table caption={translate("sites")} rows={cameras.slice(0, MOST)} keyOf={(one) => one.id} columns={columns} />
      {cameras.length > MOST ? <p class="soft">{site("more", { n: number(cameras.length - MOST) })}</p> : null}
    </>
  );
}

function CameraView({ camera }: { camera: Camera }): VNode {
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

function Drawing({ drawing }: { drawing: Schemas["DrawingSummary"] | undefined }): VNode {
  if (!drawing) return <span class="soft">{stateWords("none")}</span>;
  const tone = drawing.state === "applied" ? "good" : GRAVE.has(drawing.state) ? "bad" : "warn";
  return <span class={tone}>{stateWords(drawing.state)}</span>;
}
