"""A task: its values, ids and results, and its state at any moment, computed from plan and facts."""
