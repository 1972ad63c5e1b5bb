-- Whether a segment of a street is drawn: a depth by an invented height of its road is shown as what it is.

ALTER TABLE street_segment ADD COLUMN schematic boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN street_segment.schematic IS 'the place and the height of the road are drawn, not surveyed';
