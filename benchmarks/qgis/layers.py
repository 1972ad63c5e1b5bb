"""Open SensorThings layers in QGIS without a screen and print what they hold as JSON; run with Debian's python3.

QT_QPA_PLATFORM=offscreen /usr/bin/python3 benchmarks/qgis/layers.py http://127.0.0.1:8080/sta/v1.1
"""

from __future__ import annotations

import json
import sys

from qgis.core import Qgis, QgsApplication, QgsVectorLayer

# As QGIS's own dialog builds its addresses: a geometry for what has one, none for tables.
LAYERS = {
    "Location": "entity='Location' type='PointZ'",
    "FeatureOfInterest": "entity='FeatureOfInterest' type='PointZ'",
    "Thing": "entity='Thing'",
    "Datastream": "entity='Datastream'",
}


def opened(url: str, name: str, source: str) -> dict[str, object]:
    """Return what QGIS says of one layer."""
    layer = QgsVectorLayer(f"url='{url}' {source}", name, "sensorthings")
    features = list(layer.getFeatures()) if layer.isValid() else []
    placed = [feature for feature in features if not feature.geometry().isNull()]
    error = layer.dataProvider().error().summary() if layer.dataProvider() is not None else "no provider"
    return {
        "url": url,
        "layer": name,
        "valid": layer.isValid(),
        "features": len(features),
        "placed": len(placed),
        "count": layer.featureCount(),
        "error": error,
    }


def main(urls: list[str]) -> None:
    """Open every layer at every address."""
    application = QgsApplication([], False)
    application.initQgis()
    found = [opened(url, name, source) for url in urls for name, source in LAYERS.items()]
    print(json.dumps({"version": Qgis.version(), "layers": found}))
    application.exitQgis()


main(sys.argv[1:])
