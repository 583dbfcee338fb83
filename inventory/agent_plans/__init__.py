"""The plans agents work by: what they are made of, when they are made anew, whether they hold."""
