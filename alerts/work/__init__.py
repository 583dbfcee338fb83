"""What a repair took: parts, time, suppliers, checks; and which tickets belong together."""
