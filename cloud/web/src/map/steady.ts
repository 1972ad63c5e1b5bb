// MapLibre's map, which can also be drawn finer or coarser in the middle of a movement.

import { Map as GlMap } from "maplibre-gl";

export class SteadyMap extends GlMap {
  /** Movements are told of meanwhile that are none. */
  isChangingRatio = false;

  /** Device pixels per CSS pixel, null for those of the screen. A hand that drags goes on dragging. */
  changeRatio(ratio: number | null): void {
    this.isChangingRatio = true;
    // null follows the screen, which may be another one by now; MapLibre's type does not say so.
    this.setPixelRatio(ratio as number);
    this.isChangingRatio = false;
    this.triggerRepaint();
  }

  /** A change of size ends movements with this; here the size stays and only the number of its pixels changes. */
  override stop(): this {
    return this.isChangingRatio ? this : super.stop();
  }
}
