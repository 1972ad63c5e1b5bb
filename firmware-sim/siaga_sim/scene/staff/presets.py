"""Riverside views with a staff gauge: where the lens hangs, where the staff stands, what is behind it."""

from __future__ import annotations

from dataclasses import dataclass

from siaga_sim.scene.camera import Camera


@dataclass(frozen=True, slots=True, kw_only=True)
class Riverside:
    """One site; metres. The staff's zero is z = 0, its face turns to the camera's side of the river (towards -y)."""

    title: str
    lens: tuple[float, float, float, float, float]  # x, height, yaw, pitch, horizontal field of view
    staff_x_m: float
    staff_y_m: float
    wall_y_m: float
    wall_top_m: float
    on_wall: bool

    def camera(self, width: int, height: int) -> Camera:
        """The lens for an image of this size."""
        x, z, yaw, pitch, fov = self.lens
        return Camera(width=width, height=height, x_m=x, z_m=z, yaw_deg=yaw, pitch_deg=pitch, fov_deg=fov)


RIVERSIDES: dict[str, Riverside] = {
    "quay": Riverside(
        title="KALI KRUKUT",
        lens=(-0.6, 3.6, 4.0, 18.0, 34.0),
        staff_x_m=0.0,
        staff_y_m=6.95,
        wall_y_m=7.0,
        wall_top_m=3.4,
        on_wall=True,
    ),
    "pole": Riverside(
        title="WADUK PLUIT",
        lens=(0.4, 4.2, -3.0, 24.0, 32.0),
        staff_x_m=-0.1,
        staff_y_m=6.4,
        wall_y_m=16.0,
        wall_top_m=3.2,
        on_wall=False,
    ),
    "bridge": Riverside(
        title="PINTU AIR KARET",
        lens=(1.6, 5.2, -17.0, 33.0, 38.0),
        staff_x_m=-0.1,
        staff_y_m=5.55,
        wall_y_m=5.6,
        wall_top_m=3.6,
        on_wall=True,
    ),
}
