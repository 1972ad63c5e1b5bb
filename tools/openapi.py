"""Print the OpenAPI document of the cloud's HTTP application, without a database.

The types of the pages are generated from it. `--all` includes the CSV and GeoJSON answers, which the pages do not
request.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from siaga_cloud.app import create_app
from siaga_cloud.settings import load


def main() -> None:
    """Settings do not change what is described; the address of the database is never used."""
    environment = {"SIAGA_DATABASE_URL": "postgresql://nobody@localhost/none"}
    document = create_app(load(environment)).openapi()
    json.dump(document if "--all" in sys.argv[1:] else in_json_alone(document), sys.stdout, indent=1)


def in_json_alone(described: dict[str, Any]) -> dict[str, Any]:
    """Without the CSV and GeoJSON that an endpoint can also give: the pages ask for JSON, and their types say so."""
    operations = [one for path in described["paths"].values() for one in path.values() if "responses" in one]
    for response in [answer for one in operations for answer in one["responses"].values()]:
        content = response.get("content", {})
        if "application/json" in content:
            response["content"] = {"application/json": content["application/json"]}
    return described


if __name__ == "__main__":
    main()
