"""Judgement: values in, verdicts out; nothing is read or written here."""
