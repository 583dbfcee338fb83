"""Metrics past one machine: VictoriaMetrics, with a journal in PostgreSQL before it."""
