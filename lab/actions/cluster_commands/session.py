"""One command at work: what it says, what it asks, and the answers it was given."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lab.actions.follow_up import would_follow
from lab.actions.trial import what_breaks
from lab.effects import Effect, Follows, rule_of
from lab.errors import NotFoundError, RuleError
from lab.lab import Lab
from lab.models import Party, PartyKind
from lab.pki.names import visible
from lab.rules.purposes import PROFILES
from lab.rules.trust_stores import STORES
from lab.store import parties

_MOST_BROKEN = 10
YES, NO = ("yes", "y"), ("no", "n")
CANCELLED = "Operation cancelled. Nothing was changed."


class AnswerNeededError(Exception):
    """The command has asked something, and nobody has answered yet."""


@dataclass
class Session:
    """A command on one node. It asks everything before it does anything."""

    lab: Lab
    node: Party
    answers: deque[str]
    lines: list[str] = field(default_factory=list)

    @property
    def cluster(self) -> str:
        return self.node.cluster

    def say(self, *texts: str) -> None:
        """Print lines; control characters are made visible."""
        for text in texts:
            self.lines += [visible(line) for line in text.split("\n")] or [""]

    def ask(self, question: str) -> str:
        """Print a question and return its answer; without one the command waits."""
        self.say(question)
        if not self.answers:
            raise AnswerNeededError
        answer = self.answers.popleft()
        if "\n" not in answer:
            self.lines[-1] += f" {visible(answer)}"
        return answer

    def confirm(self, question: str) -> bool:
        """Ask until it is a yes or a no; say so when it is a no."""
        while True:
            answer = self.ask(question).strip().lower()
            if answer in YES:
                return True
            if answer in NO:
                self.say(CANCELLED)
                return False

    def say_broken(self, deed: Callable[[Lab], object]) -> None:
        """Warn of what the deed would break; it is done in a trial, and undone."""
        broken = what_breaks(self.lab, deed)
        for worse in broken.certificates[:_MOST_BROKEN]:
            self.say(f"WARNING: {worse.judged.subject} is no longer believed")
        more = broken.certificate_count - len(broken.certificates[:_MOST_BROKEN])
        if more > 0:
            self.say(f"WARNING: so are {more} more")
        if broken.phone_count:
            self.say(f"WARNING: phones that are lost by it: {broken.phone_count}")

    def say_effects(self, effects: Sequence[Effect]) -> None:
        """Remind of what is left to do after a change."""
        lines = [
            rule_of(each).words.format(
                what=each.what, nodes=", ".join(each.nodes), minutes=each.minutes
            )
            for each in effects
            if each.kind is not Follows.COPY
        ]
        self.say(*dict.fromkeys(lines))

    def say_follows(self, changed: str) -> None:
        """The same for a purpose or a store that has just changed on this node."""
        self.say_effects(would_follow(self.lab, changed, self.node))

    def unit(self, text: str) -> str:
        """The purpose of that name, whatever its case; a `LabError` if it is none."""
        home = parties.cluster(self.lab.db, self.cluster)
        known = [
            name for kind, name in PROFILES[home.profile] if kind == self.node.kind
        ]
        return self._one_of(text, known, "certificate unit")

    def store(self, text: str) -> str:
        """The trust store of that name, or of that unit: tomcat is tomcat-trust."""
        known = [name for name, row in STORES.items() if self.node.kind in row.product]
        wanted = text if text.lower().endswith("-trust") else f"{text}-trust"
        return self._one_of(wanted, known, "trust store")

    def _one_of(self, text: str, known: Sequence[str], kind: str) -> str:
        for name in known:
            if name.lower() == text.lower():
                return name
        raise NotFoundError(
            "{node} has no {kind} called {text}",
            hint="There are: {known}.",
            node=self.node.name,
            kind=kind,
            text=visible(text)[:80],
            known=", ".join(known),
        )

    def check_publisher(self) -> None:
        """A `RuleError` on any node but the publisher of Unified CM."""
        if self.node.role != "publisher" or self.node.kind is not PartyKind.UCM:
            raise RuleError(
                "this command runs on the publisher of Unified CM only, not on {node}",
                hint="Type it on the publisher.",
                node=self.node.name,
            )


Handler = Callable[[Session, Sequence[str]], None]
