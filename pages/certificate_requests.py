"""Request, have signed, upload: the third-party task flow, step by step."""
