"""The README's table of steering prompts is the table that steers."""

from pathlib import Path

from emulator.core.outcome import STEERS

README = Path(__file__).parents[2] / "README.md"


def test_every_steering_prompt_is_in_the_readme_with_what_it_does():
    rows = [line for line in README.read_text("utf-8").splitlines() if line.startswith("| `emu:")]
    assert rows == [f"| `emu:{steer.name}` | {steer.about} |" for steer in STEERS]
