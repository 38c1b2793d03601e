"""Object storage: signed URLs, conditional and range requests, error bodies."""
