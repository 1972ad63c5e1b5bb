// One node: what it is called and where it hangs. What it runs and how it comes in is on the page of nodes.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, request, type Schemas } from "../../api/client";
import { TextField } from "../../parts/form";
import { toast } from "../../parts/toasts";
import { useSaving } from "../saving";
import { IdField, isId, SiteForm } from "./form-parts";
import { shown } from "./numbers";
import { PlaceFields, spotOf } from "./PlaceFields";
import { translate } from "./words";

type NodeEntry = Schemas["NodeEntry"];

export function NodeForm({ node, again }: { node: NodeEntry | null; again: () => void }): VNode {
  const { route } = useLocation();
  const [id, setId] = useState(node?.id ?? "");
  const [name, setName] = useState(node?.name ?? "");
  const [place, setPlace] = useState({ lat: shown(node?.lat ?? null), lon: shown(node?.lon ?? null) });
  const [isTried, setTried] = useState(false);
  const [version, setVersion] = useState(node?.version ?? "new");
  const spot = spotOf(place);
  const isPlaceEmpty = place.lat.trim() === "" && place.lon.trim() === "";
  const isWrong = !isId(id) || name.trim() === "" || (spot === null && !isPlaceEmpty);
  const saving = useSaving(async () => {
    const body = { name, lat: spot?.lat ?? null, lon: spot?.lon ?? null };
    const params = { path: { site_id: id }, header: { "if-match": version } };
    const saved = await request(api.PUT("/api/v1/admin/sites/nodes/{site_id}", { params, body }));
    setVersion(saved.version);
    toast(translate("saved"), "good");
    if (node) again();
    else route(`/admin/edit/node/${id}`);
  });
  return (
    <SiteForm saving={saving} again={node ? again : undefined} isWrong={isWrong} onTried={() => setTried(true)}>
      {node ? (
        <p class="soft">{translate("speaks", { n: node.held })}</p>
      ) : (
        <IdField value={id} onValue={setId} isTried={isTried} wrong={saving.wrong("id")} />
      )}
      <TextField
        label={translate("name")}
        name="name"
        value={name}
        onValue={setName}
        maxLength={120}
        wrong={saving.wrong("name") ?? (isTried && name.trim() === "" ? translate("nameNeeded") : null)}
      />
      <PlaceFields place={place} onPlace={setPlace} isTried={isTried && !isPlaceEmpty} wrong={saving.wrong} />
    </SiteForm>
  );
}
