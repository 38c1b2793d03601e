"""The documents of scenario files, the types of their values, and their JSON Schema.

Invariants:

1. One pydantic model describes each mapping: validation, JSON Schema and reference documentation are made from it.
2. Documents check shapes only. What keys mean together is checked by the builders.
3. Nothing is converted silently: a value of another type is an error.

`validate.document_shape` validates with these models; `json_schema` publishes them.
"""
