"""One search over devices, schools, rooms, lines, tickets and people.

``terms`` makes texts comparable, ``sources`` says what there is, ``upkeep`` writes documents when
something changes, ``finding`` asks. See ``docs/decisions/0047-search-index.md``.
"""
