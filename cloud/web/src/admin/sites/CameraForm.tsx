// One camera: made or changed, and how far its node knows of it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, request, type Schemas } from "../../api/client";
import { Switch, TextField } from "../../parts/form";
import { toast } from "../../parts/toasts";
import { useSaving } from "../saving";
import { IdField, isId, NameFields, NodeField, SiteForm } from "./form-parts";
import { isNoNumber, shown, typed } from "./numbers";
import { PlaceFields, type PlaceText, spotOf } from "./PlaceFields";
import { translate } from "./words";

type Camera = Schemas["CameraEntry"];

interface Draft {
  readonly id: string;
  readonly name: string;
  readonly nameEn: string;
  readonly nodeId: string | null;
  readonly place: PlaceText;
  readonly radius: string;
  readonly permission: string;
  readonly isPublic: boolean;
  readonly url: string;
}

const FRESH: Draft = {
  id: "",
  name: "",
  nameEn: "",
  nodeId: null,
  place: { lat: "", lon: "" },
  radius: "60",
  permission: "",
  isPublic: false,
  url: "",
};

const draftOf = (camera: Camera | null): Draft =>
  camera === null
    ? FRESH
    : {
        id: camera.id,
        name: camera.name,
        nameEn: camera.name_en,
        nodeId: camera.node_id,
        place: { lat: shown(camera.lat), lon: shown(camera.lon) },
        radius: shown(camera.view_radius_m),
        permission: camera.permission,
        isPublic: camera.public_snapshot,
        url: "",
      };

/** What is sent; null while something is no number or missing. */
function updateOf(draft: Draft): Schemas["CameraUpdate"] | null {
  const [spot, metres] = [spotOf(draft.place), typed(draft.radius)];
  if (spot === null || metres === null || Number.isNaN(metres)) return null;
  if (!isId(draft.id) || draft.name.trim() === "") return null;
  const { name, nameEn, nodeId, permission, url } = draft;
  const words = { name, name_en: nameEn, permission: permission.trim(), public_snapshot: draft.isPublic };
  return { ...words, node_id: nodeId, ...spot, view_radius_m: metres, url: url.trim() || null };
}

export function CameraForm({ camera, again }: { camera: Camera | null; again: () => void }): VNode {
  const { route } = useLocation();
  const [draft, setDraft] = useState(() => draftOf(camera));
  const [isTried, setTried] = useState(false);
  const [version, setVersion] = useState(camera?.version ?? "new");
  const change = (more: Partial<Draft>): void => setDraft((before) => ({ ...before, ...more }));
  const update = updateOf(draft);
  const saving = useSaving(async () => {
    if (update === null) return;
    const params = { path: { site_id: draft.id }, header: { "if-match": version } };
    const saved = await request(api.PUT("/api/v1/admin/sites/cameras/{site_id}", { params, body: update }));
    setVersion(saved.version);
    change({ url: "" });
    toast(translate(draft.nodeId ? "savedSent" : "saved"), "good");
    if (camera) again();
    else route(`/admin/edit/camera/${draft.id}`);
  });
  const { wrong } = saving;
  const notNumber = isNoNumber(draft.radius) ? translate("numberWrong") : null;
  return (
    <SiteForm
      saving={saving}
      again={camera ? again : undefined}
      isWrong={update === null}
      onTried={() => setTried(true)}
    >
      {camera ? null : (
        <IdField value={draft.id} onValue={(id) => change({ id })} isTried={isTried} wrong={wrong("id")} />
      )}
      <NameFields name={draft.name} nameEn={draft.nameEn} onName={change} isTried={isTried} wrong={wrong} />
      <PlaceFields place={draft.place} onPlace={(place) => change({ place })} isTried={isTried} wrong={wrong} />
      <div class="grid">
        <NodeField value={draft.nodeId} onValue={(nodeId) => change({ nodeId })} wrong={wrong("node_id")} />
        <TextField
          label={translate("radius")}
          name="radius"
          inputMode="decimal"
          value={draft.radius}
          onValue={(radius) => change({ radius })}
          wrong={wrong("view_radius_m") ?? notNumber}
        />
      </div>
      <TextField
        label={translate("permission")}
        name="permission"
        hint={translate("permissionHint")}
        value={draft.permission}
        onValue={(permission) => change({ permission })}
        maxLength={200}
        wrong={wrong("permission")}
      />
      <Switch label={translate("publicSnapshot")} on={draft.isPublic} onChange={(isPublic) => change({ isPublic })} />
      <TextField
        label={translate("stream")}
        name="url"
        hint={translate(camera?.rollout.has_url ? "streamGiven" : "streamHint")}
        value={draft.url}
        onValue={(url) => change({ url })}
        maxLength={500}
        autocomplete="off"
        wrong={wrong("url")}
      />
    </SiteForm>
  );
}
