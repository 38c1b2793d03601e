"""Reads scenario files: YAML to documents, documents to values of the core.

Invariants:

1. All problems of a text are reported together, each with a stable code and its position in the text.
2. A problem in one part of a document does not hide problems in the others.
3. Reading is bounded in time and memory for any input, before the content is interpreted.
4. A scenario is returned only if nothing is wrong with it; otherwise `ScenarioError` is raised.

The stages are `yaml` (text to plain data with positions), `validate.document_shape` (data to documents of `schema`),
`builders` (documents to values of the core) and the other checks of `validate`. The CLI, the server, the control API
and the pytest plugin call `loader`.
"""
