"""Promises about repairs: by when somebody answers, by when it works again.

Everything but ``keeping`` and ``agreements`` is pure: moments are whole microseconds since 1970,
UTC, as in ``inventory.calendars``, so that nothing is lost however an interval is cut.
"""
