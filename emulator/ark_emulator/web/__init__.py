"""HTTP: routes, the one place that writes answers, and the handlers that return values."""
