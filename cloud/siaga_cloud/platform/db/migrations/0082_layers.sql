-- Layers: what a city knows beside its alerts (towers, police posts, schools, pumps, fibre routes), joined to its areas.

CREATE TABLE layer (
    id              text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    title_id        text NOT NULL CHECK (length(title_id) BETWEEN 1 AND 120),
    title_en        text NOT NULL CHECK (length(title_en) BETWEEN 1 AND 120),
    attribution     text NOT NULL CHECK (length(attribution) BETWEEN 1 AND 300),
    licence         text NOT NULL CHECK (length(licence) BETWEEN 1 AND 120),
    kind            text NOT NULL CHECK (kind IN ('point', 'line', 'polygon', 'mixed')),
    style           jsonb NOT NULL CHECK (jsonb_typeof(style) = 'object'),
    count           integer NOT NULL CHECK (count > 0),
    version         text NOT NULL,
    updated_at      timestamptz NOT NULL
);
COMMENT ON TABLE layer IS 'Catalogue of imported layers; an import replaces a layer whole';
COMMENT ON COLUMN layer.version IS 'digest of features and style: what a client holds is still right while it is the same';
COMMENT ON COLUMN layer.style IS 'siaga_cloud.services.layer_style.LayerStyle';

CREATE TABLE layer_feature (
    layer_id        text NOT NULL REFERENCES layer (id) ON DELETE CASCADE,
    number          integer NOT NULL,
    geometry        jsonb NOT NULL,
    properties      jsonb NOT NULL CHECK (jsonb_typeof(properties) = 'object'),
    bounds          box NOT NULL,
    middle          point NOT NULL,
    area_id         text REFERENCES area (id),
    PRIMARY KEY (layer_id, number)
);
CREATE INDEX layer_feature_bounds ON layer_feature USING gist (bounds);
CREATE INDEX layer_feature_area ON layer_feature (area_id, layer_id);
COMMENT ON TABLE layer_feature IS 'Features of layers, numbered from 1 as in the file; geometry is GeoJSON (WGS 84, lon lat)';
COMMENT ON COLUMN layer_feature.middle IS 'point(lon, lat): a point itself, half the way along a line, a spot inside a polygon; area_id is the smallest area there';
