"""YAML with positions: reading and writing."""
