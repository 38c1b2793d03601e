"""The documents of scenario files, their fields and their JSON Schema."""
