-- Every token has a name and an end, is listed and can be revoked: those of the command line become rows of api_token,
-- which may have several of a user.

ALTER TABLE api_token ADD COLUMN has_all_scopes boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT api_token_scopes_check,
    ADD CONSTRAINT api_token_scopes_check CHECK (scopes <@ ARRAY['read:public', 'read:tasks', 'write:tasks',
        'read:personal', 'admin', 'write:reports'] AND (cardinality(scopes) = 0) = has_all_scopes);
COMMENT ON TABLE api_token IS 'Bearer tokens, several a user; only the hash of their 32 random bytes is kept';
COMMENT ON COLUMN api_token.has_all_scopes IS 'Does whatever the role of its user may do; such tokens come from the command line';

-- A token of the command line had no end; from now on it has one, as late as that of any token can be.
INSERT INTO api_token (id, secret_sha256, user_id, name, scopes, has_all_scopes, made_at, expires_at)
SELECT gen_random_uuid(), token_sha256, id, 'command line', '{}', true, coalesce(token_made_at, created_at),
    now() + interval '366 days'
FROM app_user WHERE token_sha256 IS NOT NULL AND disabled_at IS NULL;

UPDATE app_user SET token_sha256 = NULL WHERE disabled_at IS NOT NULL; -- it would work again with the account

-- Programs of the previous version read and write app_user.token_sha256 until 0361 removes it.
CREATE FUNCTION sync_former_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE api_token SET revoked_at = now() WHERE user_id = NEW.id AND has_all_scopes AND revoked_at IS NULL
        AND TG_OP = 'UPDATE' AND secret_sha256 IS NOT DISTINCT FROM OLD.token_sha256;
    INSERT INTO api_token (id, secret_sha256, user_id, name, scopes, has_all_scopes, made_at, expires_at)
    SELECT gen_random_uuid(), NEW.token_sha256, NEW.id, 'command line', '{}', true, now(), now() + interval '366 days'
    WHERE NEW.token_sha256 IS NOT NULL ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER sync_former_token AFTER INSERT OR UPDATE OF token_sha256 ON app_user
    FOR EACH ROW EXECUTE FUNCTION sync_former_token();

CREATE FUNCTION end_former_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE app_user SET token_sha256 = NULL WHERE id = NEW.user_id AND token_sha256 = NEW.secret_sha256;
    RETURN NULL;
END $$;
CREATE TRIGGER end_former_token AFTER UPDATE OF revoked_at ON api_token
    FOR EACH ROW WHEN (NEW.has_all_scopes AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION end_former_token();
