"""The pure core: values and functions without IO, clock or chance. Everything else stands on it."""
