"""Writes packaging/kubernetes from docker-compose.yml, so that both deploy the same programs in the same way."""
