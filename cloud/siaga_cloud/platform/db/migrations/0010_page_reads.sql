-- What the map draws beside the areas, and the way up from an area to the province.

CREATE TABLE waterway (
    id          text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    name        text NOT NULL CHECK (name <> ''),
    kind        text NOT NULL CHECK (kind IN ('river', 'canal')),
    geometry    jsonb NOT NULL CHECK (geometry ->> 'type' IN ('LineString', 'MultiLineString')),
    schematic   boolean NOT NULL DEFAULT false,
    updated_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE waterway IS 'Rivers and canals as GeoJSON lines (WGS 84, lon lat), source to mouth; for the map only';

CREATE FUNCTION area_path(leaf text) RETURNS text[] LANGUAGE sql STABLE AS $$
    WITH RECURSIVE way (id, parent_id, depth) AS (
        SELECT id, parent_id, 0 FROM area WHERE id = leaf
        UNION ALL
        SELECT area.id, area.parent_id, way.depth + 1 FROM area JOIN way ON area.id = way.parent_id
        WHERE way.depth < 10 -- a loop in the tree must not loop here
    )
    SELECT coalesce(array_agg(id ORDER BY depth), '{}') FROM way
$$;
COMMENT ON FUNCTION area_path IS 'An area and its ancestors, the area itself first';
