"""The cluster's own command line, on top of the lab's deeds (facts §6.2)."""
