"""Names of the files in the state directory that more than one module knows."""

ENROLMENT_FILE = "enrolment.json"
