"""Reports that are sent by e-mail when a day of the month has come."""
