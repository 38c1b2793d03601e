"""Media without an encoder library: render clips and pictures, encode them, and inspect the media of requests.

1. `render` makes test cards, clips, last frames and 3D files. The same specification gives the same bytes, always.
2. `encode` writes H.264, AAC, PCM, MP4, PNG and JPEG.
3. `inspect` reads sizes, lengths and codecs from the headers of media. It decodes nothing and reads a bounded number
   of bytes, whatever a file contains.
4. Bytes go in, bytes and values come out; nothing else of this project is imported.

`runtime.media` calls `render` and `inspect`, and runs what takes long in a thread. The dashboard
renders its samples with them.
"""
