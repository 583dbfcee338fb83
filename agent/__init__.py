"""The box in a school: polls, keeps, forwards."""
