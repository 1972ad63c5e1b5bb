"""A server with 5,000 cameras, 2,000 open incidents and the drawn streets, to measure the map; nobody photographs it.

The demo has six cameras and programs of its own that would draw on the same processor.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.http_api import CITY, Api, SettingsForTests, load_demo_city, serve
from tests.support.pages import give_password

from siaga_cloud.basemap import of_city
from siaga_cloud.platform.db.migrate import migrate
from siaga_cloud.wiring import register_ports
from siaga_sim.stack.postgres import Postgres

CAMERAS: Final = 5_000
INCIDENTS: Final = 2_000
OPERATOR: Final = "operator.balaikota"


@contextmanager
def map_city(folder: Path) -> Iterator[Api]:
    """Serve it until the block ends."""
    register_ports()
    shutil.rmtree(folder, ignore_errors=True)
    with Postgres(folder=folder / "cluster", durable=False) as cluster:
        url = cluster.create_database("map")
        migrate(url)
        tokens = load_demo_city(url)
        of_city.install_drawn_map(CITY, folder / "basemap", report=lambda _: None)
        settings = SettingsForTests(database_url=url, media_dir=folder / "media", basemap_folder=folder / "basemap")
        with serve(settings, tokens) as api:
            give_password(api, OPERATOR)
            _fill(api)
            yield api
    shutil.rmtree(folder, ignore_errors=True)


def _fill(api: Api) -> None:
    """Cameras and incidents all over the city, most of them where most people live."""
    with api.connection() as conn:
        conn.execute(
            "INSERT INTO camera (id, name, lat, lon) SELECT 'cam-many-' || n, 'Kamera ' || n,"
            " -6.2 + 0.05 * (random() + random() - 1), 106.83 + 0.07 * (random() + random() - 1)"
            " FROM generate_series(1, %s) AS n ON CONFLICT DO NOTHING",
            (CAMERAS,),
        )
        conn.execute(  # one in fifty does not see
            "INSERT INTO camera_latest (camera_id, node_id, last_frame_at, unknown_since, at) SELECT id, 'node-many',"
            " now(), CASE WHEN random() < 0.02 THEN now() END, now() FROM camera WHERE starts_with(id, 'cam-many-')"
            " ON CONFLICT DO NOTHING"
        )
        conn.execute(
            "INSERT INTO incident (id, category, severity, confidence, lat, lon, began_at, last_signal_at, created_at,"
            " updated_at) SELECT gen_random_uuid(), (ARRAY['flooding', 'trash', 'illegal_parking'])[1 + n %% 3],"
            " (ARRAY['minor', 'moderate', 'severe'])[1 + n %% 3], 0.2 + 0.7 * random(),"
            " -6.2 + 0.05 * (random() + random() - 1), 106.83 + 0.07 * (random() + random() - 1), now(), now(), now(),"
            " now() FROM generate_series(1, %s) AS n",
            (INCIDENTS,),
        )
        conn.commit()
