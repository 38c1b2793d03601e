"""Helpers of the runtime and the web layer: cooperative loops, masking, URLs and paths."""
