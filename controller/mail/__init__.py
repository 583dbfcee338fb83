"""E-mail: a message to a mail server, and what may go wrong on the way."""
