-- The ranking of reporters within an area finds its incidents by the area, without reading the whole city's.
CREATE INDEX incident_area ON incident (area_id) INCLUDE (id);
