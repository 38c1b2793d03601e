"""A create request understood: defaults, prompt flags and facts about its media."""
