"""The education bureau's side: ingest, stores, console, jobs."""
