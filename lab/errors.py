"""Refusals: what the lab says when it will not do a thing."""


class LabError(Exception):
    """A request the lab refuses; the message is shown to the person as is.

    `message` and `hint` are templates filled from `values`, so that a page can
    translate the sentence and keep the values. Anything else that escapes the lab
    is a bug and keeps its traceback.
    """

    def __init__(self, message: str, *, hint: str = "", **values: object) -> None:
        super().__init__(message.format(**values))
        self.template = message
        self.hint_template = hint
        self.values = values

    @property
    def hint(self) -> str:
        """The next step, as a full sentence; empty when there is none."""
        return self.hint_template.format(**self.values)


class NotFoundError(LabError):
    """No such thing in the lab."""


class RuleError(LabError):
    """The request breaks a rule; see `lab.rules`."""


class BadInputError(LabError):
    """Bytes or text that cannot be read as what they should be."""


class PasswordNeededError(BadInputError):
    """The file is locked, and none of the passwords given opens it."""


class UnreachableError(BadInputError):
    """Another machine was asked, and nothing came back that one could even judge."""


class BusyError(LabError):
    """Somebody else is writing; the same request may pass a moment later."""
