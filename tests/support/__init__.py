"""Helpers that several tests share. Fixtures that hand them out are in the `conftest.py` of each folder."""
