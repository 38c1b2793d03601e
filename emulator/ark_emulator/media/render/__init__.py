"""Render the results of tasks: clips, last frames and 3D files.

1. `clip` is the entry point for clips: `render_clip` and `render_last_frame` are pure functions of a `ClipSpec`.
2. `card` and `font` draw the test card as tiles on the grid of macroblocks; `solid` writes 3D files.
3. `photo` renders clips that open with a client's picture. It needs PyAV (the extra `image`) and imports it lazily.
"""
