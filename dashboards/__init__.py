"""Grafana as code: `python -m dashboards.build` writes what lies in generated/."""
