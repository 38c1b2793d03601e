"""Inspect media by their headers: format, size in pixels, length, frame rate and codec.

1. `detect.inspect` is the entry point; it never raises for the content of a file.
2. Every reader works on a `BudgetedReader`, so that reading ends soon whatever the bytes claim.
3. Pictures are read by imagesize and sound by tinytag, imported on first use; `movie` and `heif` are our own readers.
"""
