-- The registry of hazards in the program says which hazards there are; the database checks only how one is written, so
-- that a new hazard needs no migration.
ALTER TABLE review_item DROP CONSTRAINT review_item_hazard_check;
ALTER TABLE review_item ADD CONSTRAINT review_item_hazard_check CHECK (hazard ~ '^[a-z_]{2,32}$');
ALTER TABLE camera_look DROP CONSTRAINT camera_look_hazard_check;
ALTER TABLE camera_look ADD CONSTRAINT camera_look_hazard_check CHECK (hazard ~ '^[a-z_]{2,32}$');
