"""Fail-over of the database under load: Patroni, two PostgreSQL with synchronous replication, a witness."""
