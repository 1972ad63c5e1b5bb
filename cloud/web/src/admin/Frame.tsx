// The frame of all pages under /admin: its parts beside the page on a desk, above it on a phone.

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useCity } from "../live/city";
import { Icon } from "../parts/icons";
import { translate } from "./words";

const PARTS = [
  { to: "/admin", icon: "home", words: "overview" },
  { to: "/admin/start", icon: "check", words: "start" },
  { to: "/admin/sites", icon: "camera", words: "sites" },
  { to: "/admin/nodes", icon: "settings", words: "nodes" },
  { to: "/admin/users", icon: "person", words: "users" },
  { to: "/admin/agencies", icon: "public_facility", words: "agencies" },
  { to: "/admin/policy", icon: "shield", words: "policy" },
  { to: "/admin/deadlines", icon: "clock", words: "deadlines" },
  { to: "/admin/connectors", icon: "feed", words: "connectors" },
  { to: "/admin/webhooks", icon: "share", words: "webhooks" },
  { to: "/admin/dead-letters", icon: "warning", words: "deadLetters" },
  { to: "/admin/audit", icon: "search", words: "audit" },
] as const;

export function Frame({ children }: { children: ComponentChildren }): VNode {
  const { path } = useLocation();
  const nav = useRef<HTMLElement>(null);
  useCity("node"); // nodes come and go while one looks
  // On a phone the parts are a row that scrolls: where one is stands in sight.
  useEffect(() => {
    const here = nav.current?.querySelector('[aria-current="page"]');
    here?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [path]);
  // The forms of cameras and gauges belong to the sites, those of nodes to the nodes.
  const form = /^\/admin\/(?:new|edit)\/(\w+)/.exec(path)?.[1];
  const at = form ? `/admin/${form === "node" ? "nodes" : "sites"}` : path;
  const isHere = (to: string): boolean => at === to || (to !== "/admin" && at.startsWith(`${to}/`));
  return (
    <div class="admin">
      <nav class="admin-nav" ref={nav} aria-label={translate("nav")}>
        {PARTS.map((one) => (
          <a key={one.to} href={one.to} aria-current={isHere(one.to) ? "page" : undefined}>
            <Icon name={one.icon} />
            {translate(one.words)}
          </a>
        ))}
      </nav>
      <div class="admin-page">{children}</div>
    </div>
  );
}
