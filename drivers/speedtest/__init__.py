"""Active bandwidth tests of a school's line."""
