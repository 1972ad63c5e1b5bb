-- Dead letters of feeds can be taken in again: what the item was known by, or what its body was asked for as.

ALTER TABLE dead_letter ADD COLUMN item_id text, ADD COLUMN body_label text;
COMMENT ON COLUMN dead_letter.item_id IS 'of a feed''s item: what it is known by, or empty; null for a whole body and for a node''s message';
COMMENT ON COLUMN dead_letter.body_label IS 'of a feed''s whole body: what its module called the request';
