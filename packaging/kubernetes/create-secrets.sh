#!/bin/sh
# Written by `python -m tools.kubernetes` from docker-compose.yml: change that, and run it again.
# create-secrets.sh FOLDER: hands those files of `siaga-cloud admin secrets FOLDER` to the cluster that pods
# read. It may be repeated. The folder then belongs offline, not on this machine.
set -eu
folder=${1:?usage: create-secrets.sh FOLDER}
give() {
  kubectl --namespace siaga create secret generic "$1" --from-file="$2=$folder/$3" --dry-run=client \
    --output yaml | kubectl apply --server-side --filename -
}
give broker-acl acl broker/acl
give broker-ca broker-ca.pem broker-ca.pem
give broker-certificate server.pem broker/server.pem
give broker-cloud-password broker_cloud_password broker_cloud_password
give broker-key server.key.pem broker/server.key.pem
give broker-node-ca node-ca.pem broker/node-ca.pem
give broker-node-crl node-crl.pem broker/node-crl.pem
give broker-passwords passwords broker/passwords
give db-api-password db_api_password db_api_password
give db-feeds-password db_feeds_password db_feeds_password
give db-fetch-password db_fetch_password db_fetch_password
give db-ingest-password db_ingest_password db_ingest_password
give db-owner-password db_owner_password db_owner_password
give db-publish-password db_publish_password db_publish_password
give db-worker-password db_worker_password db_worker_password
give fleet-key fleet-key.pem fleet/fleet-key.pem
give fleet-key-public fleet-key.pub.pem fleet/fleet-key.pub.pem
give front-certificate fullchain.pem front/fullchain.pem
give front-key privkey.pem front/privkey.pem
give grafana-db-password grafana_db_password grafana_db_password
give node-ca node-ca.pem fleet/node-ca.pem
give node-ca-key node-ca.key.pem fleet/node-ca.key.pem
give server-key server_key server_key
