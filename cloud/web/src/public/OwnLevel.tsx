// A level and a lead time of one's own at a gauge, of which one is warned ahead where forecasts proved right.

import type { VNode } from "preact";
import type { Schemas } from "../api/client";
import { SelectField, Switch, TextField } from "../parts/form";
import { span } from "../words/format";
import { words } from "../words/language";

const translate = words({
  want: ["Beri tahu sebelum air mencapai tinggi yang saya pilih", "Warn me before the water reaches a level I choose"],
  level: ["Tinggi muka air (cm)", "Water level (cm)"],
  lead: ["Paling awal", "At the earliest"],
  leadOf: ["{t} sebelumnya", "{t} before"],
  help: [
    "Hanya dikirim bila perkiraan seperti ini terbukti cukup sering benar di pos ini. Bila belum diketahui, kami tidak mengirim.",
    "Sent only where such forecasts proved right often enough at this gauge. Where that is not known yet, we send nothing.",
  ],
});

const LEADS = ["60", "180", "360", "720"] as const;

export interface Own {
  readonly isWanted: boolean;
  readonly cm: string;
  readonly lead: (typeof LEADS)[number];
}

export const NO_OWN_LEVEL: Own = { isWanted: false, cm: "", lead: "180" };

/** What is sent of it; nothing where it is not wanted or no level is given. */
export function thresholdsOf(gauge: string, own: Own): Schemas["ThresholdChoice"][] {
  const cm = Number(own.cm);
  if (!own.isWanted || own.cm.trim() === "" || !Number.isFinite(cm)) return [];
  return [{ gauge_id: gauge, level_cm: cm, lead_minutes: Number(own.lead) }];
}

export function OwnLevel({ own, onOwn }: { own: Own; onOwn: (next: Own) => void }): VNode {
  return (
    <div class="stack tight" id="own-level">
      <Switch label={translate("want")} on={own.isWanted} onChange={(isWanted) => onOwn({ ...own, isWanted })} />
      {own.isWanted ? (
        <>
          <TextField
            label={translate("level")}
            type="number"
            inputMode="decimal"
            min="-2000"
            max="5000"
            required
            value={own.cm}
            onValue={(cm) => onOwn({ ...own, cm })}
          />
          <SelectField
            label={translate("lead")}
            value={own.lead}
            onValue={(lead) => onOwn({ ...own, lead })}
            options={LEADS.map((one) => [one, translate("leadOf", { t: span(Number(one) * 60) })] as const)}
            hint={translate("help")}
          />
        </>
      ) : null}
    </div>
  );
}
