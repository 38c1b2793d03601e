"""The Agent Plan: Ark's wire with the plan's model names."""
