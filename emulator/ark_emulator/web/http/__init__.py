"""One HTTP exchange: routing, body, response, logging and counters."""
