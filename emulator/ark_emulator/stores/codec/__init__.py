"""The stored format: tags and field names, and values to bytes and back."""
