// How far it is established that the work is done: the grade, and in words who saw it or that nobody has yet.

import type { VNode } from "preact";
import type { Schemas } from "../api/client";
import { Icon } from "../parts/icons";
import { language } from "../words/language";
import { gradeWords } from "./words";

const ICONS = { reported_done: "clock", verified: "check", disputed: "close" } as const;

/** `words`: what is said instead, where more is known than the grade. */
export function Grade({
  completion,
  words,
}: {
  completion: Schemas["Completion"] | null | undefined;
  words?: string;
}): VNode | null {
  if (!completion) return null;
  return (
    <div class="grade" data-grade={completion.grade}>
      <span class="tag strong">
        <Icon name={ICONS[completion.grade]} />
        {gradeWords(completion.grade)}
      </span>
      <p>{words ?? completion.text[language.value]}</p>
    </div>
  );
}
