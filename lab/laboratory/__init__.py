"""A laboratory of what goes wrong with revocation."""
