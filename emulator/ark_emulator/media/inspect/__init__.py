"""Reading the headers of media."""
