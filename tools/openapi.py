"""Prints the OpenAPI of the cloud's HTTP application, without a database: the pages' types are made of it."""

from __future__ import annotations

import json
import sys

from siaga_cloud.http.app import create_app
from siaga_cloud.settings import load


def main() -> None:
    """Settings do not change what is described; the address of the database is never used."""
    environment = {"SIAGA_DATABASE_URL": "postgresql://nobody@localhost/none"}
    json.dump(create_app(load(environment)).openapi(), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
