-- What a city adds to the program's word lists, so that messages in its own language are understood; and under whose
-- permission a camera is used.
CREATE TABLE city_words (
    language    text PRIMARY KEY CHECK (language ~ '^[a-z]{2,3}$'),
    document    jsonb NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE city_words IS 'Word lists of the city by language, as words.LANGUAGE.toml holds them; they add to those of the program';

ALTER TABLE camera ADD COLUMN permission text NOT NULL DEFAULT '' CHECK (length(permission) <= 200);
COMMENT ON COLUMN camera.permission IS 'who allowed the use of the camera, such as the reference of a decision; empty: not recorded; never published';
