// How far it is established that the work is done: the grade, and in words who saw it or that nobody has yet.

import type { VNode } from "preact";
import type { Schemas } from "../api/client";
import { Icon } from "../parts/icons";
import { language } from "../words/language";
import { gradeWords } from "./words";

const ICONS = { reported_done: "clock", verified: "check", disputed: "close" } as const;

export function Grade({ completion }: { completion: Schemas["Completion"] | null | undefined }): VNode | null {
  if (!completion) return null;
  return (
    <div class="grade" data-grade={completion.grade}>
      <span class="tag strong">
        <Icon name={ICONS[completion.grade]} />
        {gradeWords(completion.grade)}
      </span>
      <p>{completion.text[language.value]}</p>
    </div>
  );
}
