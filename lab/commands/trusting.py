"""The commands on trust stores and nodes: delete-trust, drift, node."""
