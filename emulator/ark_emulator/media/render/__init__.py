"""Clips, frames, pictures and 3D files."""
