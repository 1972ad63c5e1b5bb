"""This package deploys the stack of docker-compose.yml on a real Docker Engine and tries it: `make compose-test`."""
