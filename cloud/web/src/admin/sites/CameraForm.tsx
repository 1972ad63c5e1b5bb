// One camera: made or changed, and how far its box knows of it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, ask, type Schemas } from "../../api/client";
import { TextField } from "../../parts/form";
import { toast } from "../../parts/toasts";
import { useSaving } from "../saving";
import { BoxField, IdField, isId, NameFields, SiteForm } from "./form-parts";
import { isNoNumber, shown, typed } from "./numbers";
import { PlaceFields, type PlaceText, spotOf } from "./PlaceFields";
import { say } from "./words";

type Camera = Schemas["CameraEntry"];

interface Draft {
  readonly id: string;
  readonly name: string;
  readonly nameEn: string;
  readonly box: string | null;
  readonly place: PlaceText;
  readonly radius: string;
  readonly url: string;
}

const FRESH: Draft = { id: "", name: "", nameEn: "", box: null, place: { lat: "", lon: "" }, radius: "60", url: "" };

const draftOf = (camera: Camera | null): Draft =>
  camera === null
    ? FRESH
    : {
        id: camera.id,
        name: camera.name,
        nameEn: camera.name_en,
        box: camera.node_id,
        place: { lat: shown(camera.lat), lon: shown(camera.lon) },
        radius: shown(camera.view_radius_m),
        url: "",
      };

/** What is sent; null while something is no number or missing. */
function wishOf(draft: Draft): Schemas["CameraUpdate"] | null {
  const [spot, metres] = [spotOf(draft.place), typed(draft.radius)];
  if (spot === null || metres === null || Number.isNaN(metres)) return null;
  if (!isId(draft.id) || draft.name.trim() === "") return null;
  const { name, nameEn, box, url } = draft;
  return { name, name_en: nameEn, node_id: box, ...spot, view_radius_m: metres, url: url.trim() || null };
}

export function CameraForm({ camera, again }: { camera: Camera | null; again: () => void }): VNode {
  const { route } = useLocation();
  const [draft, setDraft] = useState(() => draftOf(camera));
  const [isTried, setTried] = useState(false);
  const [version, setVersion] = useState(camera?.version ?? "new");
  const change = (more: Partial<Draft>): void => setDraft((before) => ({ ...before, ...more }));
  const wish = wishOf(draft);
  const saving = useSaving(async () => {
    if (wish === null) return;
    const params = { path: { site_id: draft.id }, header: { "if-match": version } };
    const saved = await ask(api.PUT("/api/v1/admin/sites/cameras/{site_id}", { params, body: wish }));
    setVersion(saved.version);
    change({ url: "" });
    toast(say(draft.box ? "savedSent" : "saved"), "good");
    if (camera) again();
    else route(`/admin/edit/camera/${draft.id}`);
  });
  const { wrong } = saving;
  const notNumber = isNoNumber(draft.radius) ? say("numberWrong") : null;
  return (
    <SiteForm saving={saving} again={camera ? again : undefined} isWrong={wish === null} onTried={() => setTried(true)}>
      {camera ? null : (
        <IdField value={draft.id} onValue={(id) => change({ id })} isTried={isTried} wrong={wrong("id")} />
      )}
      <NameFields name={draft.name} nameEn={draft.nameEn} onName={change} isTried={isTried} wrong={wrong} />
      <PlaceFields place={draft.place} onPlace={(place) => change({ place })} isTried={isTried} wrong={wrong} />
      <div class="grid">
        <BoxField value={draft.box} onValue={(box) => change({ box })} wrong={wrong("node_id")} />
        <TextField
          label={say("radius")}
          name="radius"
          inputMode="decimal"
          value={draft.radius}
          onValue={(radius) => change({ radius })}
          wrong={wrong("view_radius_m") ?? notNumber}
        />
      </div>
      <TextField
        label={say("stream")}
        name="url"
        hint={say(camera?.rollout.has_url ? "streamGiven" : "streamHint")}
        value={draft.url}
        onValue={(url) => change({ url })}
        maxLength={500}
        autocomplete="off"
        wrong={wrong("url")}
      />
    </SiteForm>
  );
}
