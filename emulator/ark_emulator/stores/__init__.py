"""Where tasks are kept. A store is a dumb shelf: what may change, and how, comes in as functions of the core."""
