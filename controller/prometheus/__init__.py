"""Figures for Prometheus: of the service, of its worker processes, and of the fleet."""
