-- Removes what programs of the previous version read of tokens of the command line.

DROP TRIGGER sync_former_token ON app_user;
DROP TRIGGER end_former_token ON api_token;
DROP FUNCTION sync_former_token(), end_former_token();
ALTER TABLE app_user DROP COLUMN token_sha256, DROP COLUMN token_made_at;
