"""This package holds the test of the generated Python client, `make client`."""
