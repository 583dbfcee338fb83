"""What speaks to devices. Knows no database and no web server."""
