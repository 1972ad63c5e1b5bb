// Where somebody wants to be warned, and from which level on.

import type { VNode } from "preact";
import { SelectField } from "../../parts/form";
import { floodWords, stageWords } from "../../words/field";
import { type Own, OwnLevel } from "../OwnLevel";
import { translate } from "../words";

const STAGES = ["3", "2", "1"] as const;
const FLOODS = ["caution", "minor", "moderate", "severe"] as const;

export interface Place {
  readonly area: string;
  readonly gauge: string;
  readonly stage: (typeof STAGES)[number];
  readonly flood: (typeof FLOODS)[number];
  readonly own: Own;
}

type Named = readonly [id: string, name: string];

export function PlaceFields({
  place,
  onPlace,
  areas,
  gauges,
}: {
  place: Place;
  onPlace: (place: Place) => void;
  areas: readonly Named[];
  gauges: readonly Named[];
}): VNode {
  const none: Named = ["", translate("notChosen")];
  return (
    <>
      <SelectField
        label={translate("chooseArea")}
        value={place.area}
        onValue={(area) => onPlace({ ...place, area })}
        options={[none, ...areas]}
      />
      <SelectField
        label={translate("chooseGauge")}
        value={place.gauge}
        onValue={(gauge) => onPlace({ ...place, gauge })}
        options={[none, ...gauges]}
      />
      {place.gauge ? (
        <>
          <SelectField
            label={translate("leastStage")}
            value={place.stage}
            onValue={(stage) => onPlace({ ...place, stage })}
            options={STAGES.map((one) => [one, stageWords(Number(one))] as const)}
          />
          <OwnLevel own={place.own} onOwn={(own) => onPlace({ ...place, own })} />
        </>
      ) : null}
      {place.area ? (
        <SelectField
          label={translate("leastFlood")}
          value={place.flood}
          onValue={(flood) => onPlace({ ...place, flood })}
          options={FLOODS.map((one) => [one, floodWords(one)] as const)}
        />
      ) : null}
    </>
  );
}
