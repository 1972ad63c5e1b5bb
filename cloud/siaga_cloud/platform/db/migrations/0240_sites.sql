-- Cameras, gauges and boxes as administrators keep them on the pages: names in English, retirement, and what a box is told of its own.

ALTER TABLE gauge
    ADD COLUMN name_en text NOT NULL DEFAULT '',
    ADD COLUMN retired_at timestamptz;
ALTER TABLE camera
    ADD COLUMN name_en text NOT NULL DEFAULT '',
    ADD COLUMN retired_at timestamptz;
ALTER TABLE node ADD COLUMN retired_at timestamptz;
COMMENT ON COLUMN gauge.retired_at IS 'since when it is in use no more: not shown, not believed, warns nobody; what it told stays';
COMMENT ON COLUMN camera.retired_at IS 'since when it is in use no more: not shown, not asked, not believed; what it saw stays';
COMMENT ON COLUMN node.retired_at IS 'since when the box is in use no more';

CREATE TABLE site_order (
    kind            text NOT NULL CHECK (kind IN ('camera', 'gauge')),
    id              text NOT NULL CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    node_id         text NOT NULL CHECK (node_id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    is_off          boolean NOT NULL DEFAULT false,
    url             text CHECK (length(url) BETWEEN 1 AND 500),
    has_url         boolean GENERATED ALWAYS AS (url IS NOT NULL) STORED,
    asked_at        timestamptz NOT NULL,
    asked_by        text NOT NULL,
    config_version  bigint,
    ordered_at      timestamptz,
    problem         text,
    PRIMARY KEY (kind, id, node_id),
    CHECK ((config_version IS NULL) = (ordered_at IS NULL))
);
CREATE INDEX site_order_node ON site_order (node_id);
COMMENT ON TABLE site_order IS 'What a box is told of a camera or gauge that administrators keep on the pages, laid over its own file';
COMMENT ON COLUMN site_order.url IS 'the stream''s address, often with its password: the API writes it and cannot read it';
COMMENT ON COLUMN site_order.is_off IS 'of a camera: the box shall not look through it any more';
COMMENT ON COLUMN site_order.config_version IS 'of the configuration that was sent to the box with it; null: not sent yet';

-- A retired camera is asked nothing, shown nowhere and believed nothing, as a masked one.
CREATE OR REPLACE VIEW camera_masked AS
SELECT camera_id, began_at FROM camera_mask WHERE ended_at IS NULL
UNION ALL
SELECT camera.id, camera.retired_at FROM camera WHERE camera.retired_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM camera_mask WHERE camera_mask.camera_id = camera.id AND camera_mask.ended_at IS NULL);
