// What the pages of the policy and of its deadlines share: the bar that saves, the words of what a line is for.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Confirm } from "../../parts/confirm";
import { Icon } from "../../parts/icons";
import { categoryWords, severityWords } from "../../words/field";
import { Refused } from "../saving";
import { translate as admin } from "../words";
import type { Editing } from "./useDraft";
import { WouldChange } from "./WouldChange";
import { translate } from "./words-policy";

export function SaveBar({ editing }: { editing: Editing }): VNode {
  const { saving, isChanged, discard, found } = editing;
  const [isConfirming, setConfirming] = useState(false);
  const save = (): void => {
    setConfirming(false);
    saving.run();
  };
  return (
    <div class="stack tight">
      <Refused error={saving.error ?? editing.use.error} again={found.again} />
      <div class="row save-bar" data-changed={isChanged}>
        <span class={isChanged ? "warn grow" : "soft grow"}>
          {isChanged ? admin("unsaved") : versionWords(found.data?.version)}
        </span>
        {isChanged ? (
          <button type="button" class="button" onClick={discard}>
            {admin("discard")}
          </button>
        ) : null}
        <button
          type="button"
          class="button main"
          id="save"
          disabled={!isChanged || saving.busy}
          onClick={() => setConfirming(true)}
        >
          {translate("saveAll")}
        </button>
      </div>
      {isConfirming && found.data && editing.document ? (
        <Confirm
          title={translate("wouldChange")}
          deed={translate("saveAll")}
          isGrave={false}
          onYes={save}
          onNo={() => setConfirming(false)}
        >
          <WouldChange before={found.data.document} after={editing.document} />
        </Confirm>
      ) : null}
    </div>
  );
}

const versionWords = (version: string | undefined): string =>
  version === undefined || version === "0" ? translate("builtIn") : translate("version", { n: version });

export const categoryOptions = (all: readonly string[]) => all.map((one) => [one, categoryWords(one)] as const);
export const severityOptions = (all: readonly string[]) => all.map((one) => [one, severityWords(one)] as const);

export function ReorderTools(props: {
  up: string;
  down: string;
  editLabel: string;
  isFirst: boolean;
  isLast: boolean;
  move: (by: number) => void;
  edit: () => void;
  remove: () => void;
}): VNode {
  return (
    <span class="row">
      <button
        type="button"
        class="button square"
        aria-label={props.up}
        disabled={props.isFirst}
        onClick={() => props.move(-1)}
      >
        ↑
      </button>
      <button
        type="button"
        class="button square"
        aria-label={props.down}
        disabled={props.isLast}
        onClick={() => props.move(1)}
      >
        ↓
      </button>
      <button type="button" class="button" aria-label={props.editLabel} onClick={props.edit}>
        {admin("edit")}
      </button>
      <button
        type="button"
        class="button danger square"
        aria-label={`${admin("remove")}: ${props.editLabel}`}
        onClick={props.remove}
      >
        <Icon name="trash" />
      </button>
    </span>
  );
}
