// The frame of a page, and what it says while it waits or when it fails.

import type { ComponentChildren, VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { ApiError } from "../api/client";
import { translate } from "../words/field";
import { Icon } from "./icons";

interface PageProps {
  readonly title: string;
  readonly intro?: ComponentChildren;
  readonly tools?: ComponentChildren;
  /** narrow: forms and one thing; wide: walls and maps. */
  readonly width?: "narrow" | "normal" | "wide";
  readonly children: ComponentChildren;
}

/** A page with its heading; also names the browser's tab. */
export function Page({ title, intro, tools, width = "normal", children }: PageProps): VNode {
  useTitle(title);
  return (
    <div class={`page stack ${width}`}>
      <header class="stack tight">
        <div class="row apart">
          <h1>{title}</h1>
          {tools ? <div class="row">{tools}</div> : null}
        </div>
        {intro ? <p class="soft">{intro}</p> : null}
      </header>
      {children}
    </div>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "Siaga" ? title : `${title} · Siaga`;
  }, [title]);
}

export function Banner(props: {
  kind?: "bad" | "warn" | "good" | "plain";
  icon?: string;
  children: ComponentChildren;
}): VNode {
  const { kind = "plain", icon, children } = props;
  return (
    <div class={`banner ${kind}`} role={kind === "bad" ? "alert" : "status"}>
      {icon ? <Icon name={icon} /> : null}
      <div class="stack tight grow">{children}</div>
    </div>
  );
}

export function Loading(): VNode {
  return (
    <p class="empty" role="status">
      {translate("loading")}
    </p>
  );
}

export function Empty({ children }: { children: ComponentChildren }): VNode {
  return <p class="empty">{children}</p>;
}

export function Failed({ error, again }: { error: ApiError; again?: (() => void) | undefined }): VNode {
  return (
    <Banner kind="bad" icon="warning">
      <p>
        {translate("loadFailed")}: {error.isUnreachable ? translate("offline") : error.message}
      </p>
      {again ? (
        <p>
          <button type="button" class="button" onClick={again}>
            <Icon name="refresh" />
            {translate("again")}
          </button>
        </p>
      ) : null}
    </Banner>
  );
}

export function Facts({ rows }: { rows: readonly (readonly [string, ComponentChildren])[] }): VNode {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return (
    <dl class="facts">
      {shown.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}
