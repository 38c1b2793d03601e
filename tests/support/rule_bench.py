"""Applies the pure rules to submissions."""

from dataclasses import replace
from typing import Any

from ark_emulator.core.facts.catalogue import find
from ark_emulator.core.facts.error_table import Refusal, RenderedError
from ark_emulator.core.plan import planning
from ark_emulator.core.plan.outcome import SUCCESS
from ark_emulator.core.request import rules
from ark_emulator.core.request.intent import Intent, understand
from ark_emulator.core.request.media_facts import NO_EVIDENCE, Evidence, MediaFacts
from ark_emulator.core.task.values import Item, Kind, Submission, Task, TaskParameters
from ark_emulator.core.time.dice import Dice

WEB = "https://example.com/media"


class Bench:
    """Builds submissions from a model's name, its content and its parameters, and applies the rules to them."""

    text = Item(Kind.TEXT, "A cat on the moon")
    first = Item(Kind.IMAGE, f"{WEB}/first.png", "first_frame")
    last = Item(Kind.IMAGE, f"{WEB}/last.png", "last_frame")
    image = Item(Kind.IMAGE, f"{WEB}/image.png", "reference_image")
    video = Item(Kind.VIDEO, f"{WEB}/video.mp4", "reference_video")
    audio = Item(Kind.AUDIO, f"{WEB}/audio.mp3", "reference_audio")
    bare = Item(Kind.IMAGE, f"{WEB}/bare.png")

    @staticmethod
    def draft(name: str) -> Item:
        return Item(Kind.DRAFT, name)

    @staticmethod
    def words(text: str) -> Item:
        return Item(Kind.TEXT, text)

    def contents(self, names: str) -> tuple[Item, ...]:
        """Return items by the names of this class: `text first last`."""
        return tuple(getattr(self, name) for name in names.split())

    def submission(self, model: str, items: str | tuple[Item, ...] = "text", **asked: Any) -> Submission:
        content = self.contents(items) if isinstance(items, str) else items
        return Submission("ark", "sk-test", model, content, TaskParameters(**asked), "http://localhost")

    def intent(
        self, model: str, items: str | tuple[Item, ...] = "text", evidence: Evidence = NO_EVIDENCE, **asked: Any
    ) -> Intent:
        found = find(model)
        assert found is not None
        return understand(self.submission(model, items, **asked), found, model, evidence)

    def error(
        self, model: str, items: str | tuple[Item, ...] = "text", evidence: Evidence = NO_EVIDENCE, **asked: Any
    ) -> RenderedError | None:
        """Return the first objection of strict checking; None when the submission passes."""
        try:
            rules.check(self.intent(model, items, evidence, **asked))
        except Refusal as refusal:
            return refusal.render()
        return None

    def keys(
        self, model: str, items: str | tuple[Item, ...] = "text", evidence: Evidence = NO_EVIDENCE, **asked: Any
    ) -> list[str]:
        """Return the rows of all objections that lenient checking collects."""
        intent = self.intent(model, items, evidence, **asked)
        return [each.key for each in rules.apply_rules(intent, rules.Strictness.WARN)]

    def task(
        self, model: str, items: str | tuple[Item, ...] = "text", evidence: Evidence = NO_EVIDENCE, **asked: Any
    ) -> Task:
        """Return the task that the submission becomes at moment 1000, without applying rules."""
        intent = self.intent(model, items, evidence, **asked)
        return planning.accept(intent, SUCCESS, planning.CreationContext(Dice(7), "0a0b0c0d", "sk-test", 1, 1000.0))

    @staticmethod
    def seen(index: int = 0, **facts: Any) -> Evidence:
        """Return evidence of one piece of media."""
        return Evidence(media={index: MediaFacts(**facts)})

    @staticmethod
    def all_seen(*facts: MediaFacts | None) -> Evidence:
        """Return evidence by position; None for media that was not read."""
        return Evidence(media={index: each for index, each in enumerate(facts) if each is not None})

    @staticmethod
    def of_draft(draft: Task | None, **known: Any) -> Evidence:
        """Return evidence of a draft that succeeded an hour after it was made, unless given otherwise."""
        return replace(Evidence(draft=draft, draft_succeeded=True, now=4600.0), **known)
