// A QR code that the server drew: dark on light in every theme, so that readers recognise it.

import type { VNode } from "preact";
import type { Schemas } from "../api/client";

export function QrCode({ code, label }: { code: Schemas["EnrolmentQr"]; label: string }): VNode {
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${code.size} ${code.size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
      width="240"
      height="240"
    >
      <rect width={code.size} height={code.size} fill="#fff" />
      <path d={code.path} fill="#000" />
    </svg>
  );
}
