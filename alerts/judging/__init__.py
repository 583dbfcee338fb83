"""Which faults are the roots: pure functions of a site's facts and what stands already.

No clock, no database, no network. Moments are seconds since 1970, UTC; spans are seconds.
``facts`` says what is known of one school, ``causes`` why a device does not answer, ``site``
which alerts that opens and ends, ``engine`` when a school is to be looked at again.
"""
