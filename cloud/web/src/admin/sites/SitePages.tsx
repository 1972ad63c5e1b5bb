// The pages of one camera, gauge or box: /admin/new/KIND and /admin/edit/KIND/ID.

import type { VNode } from "preact";
import { useRoute } from "preact-iso";
import { api, ask } from "../../api/client";
import { Shown, useLoad } from "../../parts/load";
import { NotFound } from "../../shell/NotFound";
import { CameraForm } from "./CameraForm";
import { FormPage } from "./form-parts";
import { GaugeForm } from "./GaugeForm";
import { NodeForm } from "./NodeForm";
import { RetirePart } from "./RetirePart";
import { WayPart } from "./WayPart";
import { say } from "./words";

const nothing = (): void => undefined;

export function NewSite(): VNode {
  switch (useRoute().params.kind) {
    case "camera":
      return (
        <FormPage title={say("newCamera")} back="/admin/sites" words={say("back")}>
          <CameraForm camera={null} again={nothing} />
        </FormPage>
      );
    case "gauge":
      return (
        <FormPage title={say("newGauge")} back="/admin/sites?part=gauges" words={say("back")}>
          <GaugeForm gauge={null} again={nothing} />
        </FormPage>
      );
    case "node":
      return (
        <FormPage title={say("newNode")} back="/admin/nodes" words={say("backToBoxes")}>
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
  const camera = useLoad(() => ask(api.GET("/api/v1/admin/sites/cameras/{site_id}", { params: { path } })), [id]);
  return (
    <FormPage title={say("editCamera", { name: camera.data?.name || id })} back="/admin/sites" words={say("back")}>
      <Shown of={camera}>
        {(one) => (
          <>
            <WayPart way={one.rollout} again={camera.again} />
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
  const gauge = useLoad(() => ask(api.GET("/api/v1/admin/sites/gauges/{site_id}", { params: { path } })), [id]);
  return (
    <FormPage
      title={say("editGauge", { name: gauge.data?.name || id })}
      back="/admin/sites?part=gauges"
      words={say("back")}
    >
      <Shown of={gauge}>
        {(one) => (
          <>
            <WayPart way={one.rollout} again={gauge.again} />
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
  const node = useLoad(() => ask(api.GET("/api/v1/admin/sites/nodes/{site_id}", { params: { path } })), [id]);
  return (
    <FormPage title={say("editNode", { name: node.data?.name || id })} back="/admin/nodes" words={say("backToBoxes")}>
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
