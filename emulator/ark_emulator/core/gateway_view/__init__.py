"""What a gateway in front of Ark has seen of a task, and what may be shown of it."""
