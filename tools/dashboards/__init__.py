"""Grafana dashboards, written from short descriptions: ``python -m tools.dashboards``."""
