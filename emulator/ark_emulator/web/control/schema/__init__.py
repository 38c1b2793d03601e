"""The published OpenAPI description and its models."""
