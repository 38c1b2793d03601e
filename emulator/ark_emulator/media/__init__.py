"""Clips and still pictures, made without an encoder library. Bytes in, bytes out; nothing of ours is imported."""
