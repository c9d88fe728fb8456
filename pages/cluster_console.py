"""The cluster's own commands, answered in their shape."""
