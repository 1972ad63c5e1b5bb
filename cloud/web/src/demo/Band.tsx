// The band over every page of a demo: nothing here is real. The tour is fetched only in a demo.

import type { ComponentType, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { number } from "../words/format";
import { refreshStory, setTourStep, storyRate, tourStep } from "./demo";
import { riverSpeed } from "./speed";
import { translate } from "./words";

const STORY_MS = 5_000;

export function Band(): VNode | null {
  useEffect(() => (riverSpeed === null ? undefined : watchStory()), []);
  if (riverSpeed === null) return null;
  return (
    <aside class="demo-band" aria-label={translate("band")}>
      <span>{[speedWords(riverSpeed), storyWords(storyRate.value)].join(" ").trim()}</span>
      <a class="button" href="/demo">
        {translate("story")}
      </a>
      {tourStep.value === null ? (
        <button type="button" class="button" onClick={() => setTourStep(0)}>
          {translate("tour")}
        </button>
      ) : null}
    </aside>
  );
}

const speedWords = (speed: number): string =>
  speed > 1 ? translate("bandSpeed", { n: number(speed) }) : translate("band");

/** What the visitor has changed of the story's clock; nothing where it runs as it began. */
export function storyWords(rate: number): string {
  if (rate === 0) return translate("stands");
  return rate > 1 ? translate("faster", { n: number(rate) }) : "";
}

function watchStory(): () => void {
  const look = (): void => void refreshStory().catch(() => null);
  look();
  const timer = setInterval(() => document.hidden || look(), STORY_MS);
  return () => clearInterval(timer);
}

export function TourOfDemo(): VNode | null {
  const [Tour, setTour] = useState<ComponentType | null>(null);
  const isOpen = riverSpeed !== null && tourStep.value !== null;
  useEffect(() => {
    if (isOpen) void import("./Tour").then((found) => setTour(() => found.Tour)).catch(() => null);
  }, [isOpen]);
  return isOpen && Tour ? <Tour /> : null;
}
