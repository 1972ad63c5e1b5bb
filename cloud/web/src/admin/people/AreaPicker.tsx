// Choosing an area by a part of its name: a city has hundreds.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, request, type Schemas } from "../../api/client";
import { TextField } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { levelWords, translate } from "./words-people";

type AreaChoice = Schemas["AreaChoice"];
const WAIT_MS = 250;
const LEAST = 2;

interface PickerProps {
  readonly label: string;
  readonly value: string | null;
  /** What the area is called, where that is known. */
  readonly name: string | null;
  readonly onValue: (id: string | null, name: string | null) => void;
  readonly wrong?: string | null;
}

export function AreaPicker({ label, value, name, onValue, wrong = null }: PickerProps): VNode {
  const [text, setText] = useState("");
  const found = useAreas(text);
  if (value !== null) {
    return (
      <div class="field">
        <span class="label">{label}</span>
        <div class="row">
          <span class="tag">{name ?? value}</span>
          <button type="button" class="button" onClick={() => onValue(null, null)}>
            <Icon name="close" />
            {translate("anotherArea")}
          </button>
        </div>
        {wrong ? <div class="wrong">{wrong}</div> : null}
      </div>
    );
  }
  return (
    <div class="stack tight">
      <TextField
        label={label}
        type="search"
        value={text}
        onValue={setText}
        hint={translate("areaHint")}
        wrong={wrong}
        maxLength={64}
      />
      <ul class="list picks">
        {found.map((one) => (
          <li key={one.id}>
            <button
              type="button"
              class="button plain wide left"
              onClick={() => {
                setText("");
                onValue(one.id, one.name);
              }}
            >
              <span class="strong">{one.name}</span>
              <span class="soft small">
                {levelWords(one.level)}
                {one.within ? `, ${one.within}` : ""}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function useAreas(text: string): readonly AreaChoice[] {
  const [found, setFound] = useState<readonly AreaChoice[]>([]);
  const wanted = text.trim();
  useEffect(() => {
    if (wanted.length < LEAST) {
      setFound([]);
      return;
    }
    let isWanted = true;
    const timer = setTimeout(() => {
      request(api.GET("/api/v1/area-names", { params: { query: { q: wanted, limit: 8 } } })).then(
        (areas) => isWanted && setFound(areas),
        () => isWanted && setFound([]),
      );
    }, WAIT_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [wanted]);
  return found;
}
