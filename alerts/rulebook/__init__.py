"""Rules of bureaus: kept with all their versions, tried on the past, put before those shipped.

The shipped rules (``alerts.judging.shipped``) hold everywhere. A bureau's own hold below it and go
before those of bureaus above; one of the same name replaces theirs there.
"""
