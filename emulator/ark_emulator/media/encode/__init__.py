"""Encoders of the media that are made here: H.264, AAC, PCM, MP4, PNG, JPEG."""
