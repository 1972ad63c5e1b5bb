// The reader's own kelurahan on the front page: its answer, or the way to choose it. Fetched when somebody asks.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { loadOutlines } from "../../map/outlines";
import { SelectField } from "../../parts/form";
import { Failed, Loading } from "../../parts/layout";
import { Shown, useLoad } from "../../parts/load";
import { type Area, areaFile } from "../../published/files";
import { usePublished } from "../../published/poll";
import { isOld, useCityNow } from "../../published/state";
import { Coming } from "./Coming";
import { myArea, rememberArea } from "./mine";
import { translate } from "./words";

export function MyArea(): VNode {
  const [isChoosing, setChoosing] = useState(false);
  const id = myArea.value;
  if (id === null || isChoosing)
    return (
      <Choose
        choose={(chosen) => {
          rememberArea(chosen);
          setChoosing(false);
        }}
      />
    );
  return <Mine id={id} choose={() => setChoosing(true)} />;
}

function Mine({ id, choose }: { id: string; choose: () => void }): VNode {
  const { content: area, error } = usePublished<Area>(areaFile(id));
  const { gauges } = useCityNow();
  // One that the city no longer has is chosen anew.
  if (area === null && error?.status === 404) return <Choose choose={rememberArea} />;
  if (area === null) return error ? <Failed error={error} /> : <Loading />;
  return (
    <div class="stack tight" id="my-area">
      <Coming area={area} gauges={gauges} old={isOld(area)} />
      <p class="row small">
        <a href={`/areas/${encodeURIComponent(area.id)}`}>{translate("more", { area: area.name })}</a>
        <button type="button" class="button plain small" onClick={choose}>
          {translate("other")}
        </button>
      </p>
    </div>
  );
}

function Choose({ choose }: { choose: (id: string) => void }): VNode {
  const outlines = useLoad(loadOutlines, []);
  return (
    <div class="card" id="choose-area">
      <Shown of={outlines}>
        {([areas]) => (
          <SelectField
            label={translate("choose")}
            value=""
            onValue={(id) => id && choose(id)}
            options={[["", "–"], ...kelurahan(areas.features)]}
          />
        )}
      </Shown>
    </div>
  );
}

interface Outline {
  readonly properties: { readonly [name: string]: unknown } | null;
}

const kelurahan = (features: readonly Outline[]): readonly (readonly [string, string])[] =>
  features
    .filter((one) => one.properties?.kind === "kelurahan")
    .map((one) => [String(one.properties?.code), String(one.properties?.name)] as const)
    .sort((a, b) => a[1].localeCompare(b[1]));
