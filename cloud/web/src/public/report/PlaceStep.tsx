// Then the place: of the photo, of the device, or chosen on the map.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Spot } from "../../live/reading";
import { CityMap } from "../../map/CityMap";
import { useAction } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { canLocate, here, locate, locateAgain } from "../../queue/place";
import { translate as field } from "../../words/field";
import { number } from "../../words/format";
import { translate } from "../words";
import type { Change, Draft } from "./draft";

interface PlaceStepProps {
  readonly draft: Draft;
  readonly change: Change;
  readonly back: () => void;
  readonly next: () => void;
}

export function PlaceStep({ draft, change, back, next }: PlaceStepProps): VNode {
  const [middle, setMiddle] = useState<Spot | null>(null);
  const [isRefused, setRefused] = useState(false);
  const choose = (place: Spot): void => change({ place, inPhoto: "unknown" });
  const mayBeInPhoto = draft.photos.length > 0 && draft.inPhoto === "unknown";
  useEffect(() => void fillIn(change), []);
  const [busy, findMe] = useAction(async () => {
    const found = await locate();
    setRefused(found === null);
    if (found) choose({ lat: found.lat, lon: found.lon });
  });
  return (
    <div class="stack">
      {canLocate() ? (
        <button type="button" class="button main big wide" disabled={busy} onClick={() => findMe()}>
          <Icon name="place" />
          {translate("useHere")}
        </button>
      ) : null}
      {isRefused ? <p class="warn">{translate("noPlace")}</p> : null}
      <p class="small soft">{translate("moveMap")}</p>
      <div class="report-map">
        <CityMap cross marked={draft.place} look={draft.place} onMoved={setMiddle} />
      </div>
      <button type="button" class="button wide" disabled={middle === null} onClick={() => middle && choose(middle)}>
        {translate("useMiddle")}
      </button>
      <output class="strong">
        {draft.place
          ? translate(draft.inPhoto === "yes" ? "photoPlaceIs" : "placeIs", degreesOf(draft.place))
          : translate(mayBeInPhoto ? "fromPhoto" : draft.photos.length > 0 ? "photoHasNone" : "placeNeeded")}
      </output>
      <div class="row">
        <button type="button" class="button big" onClick={back}>
          <Icon name="back" />
          {field("back")}
        </button>
        <button
          type="button"
          class="button main big grow"
          disabled={draft.place === null && !mayBeInPhoto}
          onClick={next}
        >
          {field("next")}
          <Icon name="next" />
        </button>
      </div>
    </div>
  );
}

/** Whoever let the device be found before need not press anything. */
async function fillIn(change: Change): Promise<void> {
  await locateAgain();
  const found = here.value;
  // Not where the photo may carry its own place, which is where it was taken.
  if (found) {
    change(({ place, photos }) => (place || photos.length > 0 ? {} : { place: { lat: found.lat, lon: found.lon } }));
  }
}

const degreesOf = ({ lat, lon }: Spot): { lat: string; lon: string } => ({ lat: number(lat, 5), lon: number(lon, 5) });
