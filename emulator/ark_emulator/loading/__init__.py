"""Reads scenario files: YAML to documents, documents to values of the core, and complaints that show their place."""
