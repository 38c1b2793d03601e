"""Values that most tests use: the start of the clock, the task route, a model, the longest wait."""

from pathlib import Path

START = 1_790_000_000
"""Start of the virtual clock, in unix seconds."""
TASKS = "/api/v3/contents/generations/tasks"
MODEL = "dreamina-seedance-2-0-260128"
PATIENT = 60.0
"""Real seconds after which a test that waits for the network gives up. No passing test waits that long."""
ROOT = Path(__file__).parents[2]
