"""Times in which some things are not told of: maintenance, and silences.

``desk`` enters and ends them, ``repository`` lists them, ``times`` says what they mean for judging,
``silenced`` what they mean for alerts that are open.
"""
