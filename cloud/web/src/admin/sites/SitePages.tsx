// The pages of one camera, gauge or node: /admin/new/KIND and /admin/edit/KIND/ID.

import type { VNode } from "preact";
import { useRoute } from "preact-iso";
import { api, request } from "../../api/client";
import { Shown, useLoad } from "../../parts/load";
import { NotFound } from "../../shell/NotFound";
import { CameraForm } from "./CameraForm";
import { FormPage } from "./form-parts";
import { GaugeForm } from "./GaugeForm";
import { NodeForm } from "./NodeForm";
import { RetirePart } from "./RetirePart";
import { RolloutPart } from "./RolloutPart";
import { translate } from "./words";

const nothing = (): void => undefined;

export function NewSite(): VNode {
  switch (useRoute().params.kind) {
    case "camera":
      return (
        <FormPage title={translate("newCamera")} back="/admin/sites" words={translate("back")}>
          <CameraForm camera={null} again={nothing} />
        </FormPage>
      );
    case "gauge":
      return (
        <FormPage title={translate("newGauge")} back="/admin/sites?part=gauges" words={translate("back")}>
          <GaugeForm gauge={null} again={nothing} />
        </FormPage>
      );
    case "node":
      return (
        <FormPage title={translate("newNode")} back="/admin/nodes" words={translate("backToNodes")}>
          <NodeForm node={null} again={nothing} />
        </FormPage>
      );
    default:
      return <NotFound />;
  }
}

export function EditSite(): VNode {
  const { kind, id = "" } = useRoute().params;
  if (kind === "camera") return <EditCamera key={id} id={id} />;
  if (kind === "gauge") return <EditGauge key={id} id={id} />;
  return kind === "node" ? <EditNode key={id} id={id} /> : <NotFound />;
}

function EditCamera({ id }: { id: string }): VNode {
  const path = { site_id: id };
  const camera = useLoad(() => request(api.GET("/api/v1/admin/sites/cameras/{site_id}", { params: { path } })), [id]);
  return (
    <FormPage
      title={translate("editCamera", { name: camera.data?.name || id })}
      back="/admin/sites"
      words={translate("back")}
    >
      <Shown of={camera}>
        {(one) => (
          <>
            <RolloutPart rollout={one.rollout} again={camera.again} />
            <CameraForm key={String(one.retired_at)} camera={one} again={camera.again} />
            <RetirePart kind="camera" id={id} name={one.name || id} retiredAt={one.retired_at} again={camera.again} />
          </>
        )}
      </Shown>
    </FormPage>
  );
}

function EditGauge({ id }: { id: string }): VNode {
  const path = { site_id: id };
  const gauge = useLoad(() => request(api.GET("/api/v1/admin/sites/gauges/{site_id}", { params: { path } })), [id]);
  return (
    <FormPage
      title={translate("editGauge", { name: gauge.data?.name || id })}
      back="/admin/sites?part=gauges"
      words={translate("back")}
    >
      <Shown of={gauge}>
        {(one) => (
          <>
            <RolloutPart rollout={one.rollout} again={gauge.again} />
            <GaugeForm key={String(one.retired_at)} gauge={one} again={gauge.again} />
            <RetirePart kind="gauge" id={id} name={one.name || id} retiredAt={one.retired_at} again={gauge.again} />
          </>
        )}
      </Shown>
    </FormPage>
  );
}

function EditNode({ id }: { id: string }): VNode {
  const path = { site_id: id };
  const node = useLoad(() => request(api.GET("/api/v1/admin/sites/nodes/{site_id}", { params: { path } })), [id]);
  return (
    <FormPage
      title={translate("editNode", { name: node.data?.name || id })}
      back="/admin/nodes"
      words={translate("backToNodes")}
    >
      <Shown of={node}>
        {(one) => (
          <>
            <NodeForm key={String(one.retired_at)} node={one} again={node.again} />
            <RetirePart kind="node" id={id} name={one.name || id} retiredAt={one.retired_at} again={node.again} />
          </>
        )}
      </Shown>
    </FormPage>
  );
}
