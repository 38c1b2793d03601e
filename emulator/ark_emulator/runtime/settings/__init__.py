"""The settings of a server and their validation, and the interface to load scenarios.

1. `Settings` is immutable; a server never changes its settings.
2. `validate_settings` accepts exactly the values that documentation and command line name, and its errors name the
   setting and the accepted values.
3. A message about a secret never repeats the secret.
4. `ScenarioLoader` is a protocol: `runtime` does not import `loading`; the caller passes in the implementation.

The command line, the Python API and the pytest plugin build and validate settings.
"""
