// The frame of all pages under /admin: its parts beside the page on a desk, above it on a phone.

import type { ComponentChildren, VNode } from "preact";
import { useLocation } from "preact-iso";
import { Icon } from "../parts/icons";
import { say } from "./words";

export const PARTS = [
  { to: "/admin", icon: "home", words: "overview" },
  { to: "/admin/sites", icon: "camera", words: "sites" },
  { to: "/admin/nodes", icon: "settings", words: "nodes" },
  { to: "/admin/users", icon: "person", words: "users" },
  { to: "/admin/agencies", icon: "public_facility", words: "agencies" },
  { to: "/admin/policy", icon: "shield", words: "policy" },
  { to: "/admin/clocks", icon: "clock", words: "clocks" },
  { to: "/admin/connectors", icon: "feed", words: "connectors" },
  { to: "/admin/letters", icon: "warning", words: "letters" },
  { to: "/admin/audit", icon: "search", words: "audit" },
] as const;

export function Frame({ children }: { children: ComponentChildren }): VNode {
  const { path } = useLocation();
  const isHere = (to: string): boolean => path === to || (to !== "/admin" && path.startsWith(`${to}/`));
  return (
    <div class="admin">
      <nav class="admin-nav" aria-label={say("nav")}>
        {PARTS.map((one) => (
          <a key={one.to} href={one.to} aria-current={isHere(one.to) ? "page" : undefined}>
            <Icon name={one.icon} />
            {say(one.words)}
          </a>
        ))}
      </nav>
      <div class="admin-page">{children}</div>
    </div>
  );
}
