"""JSON for programs: ``/api/v1`` for people's programs, ``/api/agent/v1`` for the boxes."""
