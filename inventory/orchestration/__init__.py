"""Speed tests planned by the controller: when each line is tested, and what becomes of it."""
