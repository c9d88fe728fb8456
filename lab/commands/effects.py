"""What follows a change, as the command line says it."""

from collections.abc import Sequence

from lab.commands.printing import say
from lab.effects import Effect, rule_of


def say_effects(effects: Sequence[Effect]) -> None:
    """A line each, in the order in which they are to be done; nothing for none."""
    if effects:
        say("what follows:")
    for line in dict.fromkeys(effect_line(effect) for effect in effects):
        say(f"  {line}")


def effect_line(effect: Effect) -> str:
    """One thing that follows, in words, with what its rule adds."""
    words = rule_of(effect).words.format(
        what=effect.what, nodes=", ".join(effect.nodes), minutes=effect.minutes
    )
    return f"{words} ({effect.note})" if effect.note else words
