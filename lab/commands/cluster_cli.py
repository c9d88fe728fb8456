"""The command that takes the cluster's own commands: cli."""
