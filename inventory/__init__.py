"""Organisations, schools, lines, rooms, devices: what there is and who may see it."""
