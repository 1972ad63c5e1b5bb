#!/bin/sh
# The first start of the image that this stands in for: a cluster with the owner POSTGRES_USER, whose password is in
# POSTGRES_PASSWORD_FILE, and the database POSTGRES_DB with TimescaleDB; then the command.
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust --auth-host=scram-sha-256 >/dev/null
  {
    echo "listen_addresses = '*'"
    echo "shared_preload_libraries = 'timescaledb'"
    echo "timescaledb.telemetry_level = off"
    echo "max_connections = ${TS_TUNE_MAX_CONNS:-100}"
    echo "shared_buffers = 512MB"
  } >>"$PGDATA/postgresql.conf"
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  pg_ctl --pgdata "$PGDATA" --wait --options "-c listen_addresses='' -c unix_socket_directories=/tmp" start >/dev/null
  [ "$POSTGRES_DB" = postgres ] || createdb --host /tmp --username "$POSTGRES_USER" "$POSTGRES_DB"
  psql --host /tmp --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --quiet --command 'CREATE EXTENSION IF NOT EXISTS timescaledb'
  pg_ctl --pgdata "$PGDATA" --wait --mode fast stop >/dev/null
fi
exec "$@"
