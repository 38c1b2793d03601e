"""Encode media in pure Python: H.264, AAC, PCM, MP4, QuickTime, PNG and JPEG.

1. Output depends on nothing but the arguments: no time, no library version, no locale.
2. Pictures are tiles, flat blocks of one macroblock each, and decode to exactly the samples that were given.
3. Rows that repeat are coded once, which makes rendering fast enough.

`media.render` calls these modules; the samples of the dashboard use some of them directly.
"""
