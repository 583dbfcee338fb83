"""The Internet lines of the school: when they are tested, and what a test becomes."""
