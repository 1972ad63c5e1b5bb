"""This package serves NGSI-LD read-only: the entities, the queries about them, and the routes."""
