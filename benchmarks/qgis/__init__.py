"""QGIS itself, offscreen, as a reader of SensorThings (`make qgis`)."""
