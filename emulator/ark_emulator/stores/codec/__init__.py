"""The stored format: encodes tasks and the other values of a world as bytes, and decodes them.

1. `stored_format` is the table of all stored names. Stored bytes contain its tags and field names, never the names of
   Python classes or attributes.
2. `dataclass_codec` converts dataclasses to JSON documents by their type hints. A field with its default value is left
   out, and an unknown field is ignored, so that older and newer versions can read each other's records.
3. `record_codec` is the interface for `runtime.persistence`. A decoded value equals the encoded one.
4. Bytes of every format are kept under `fixtures/stored`, and a test reads them.
"""
