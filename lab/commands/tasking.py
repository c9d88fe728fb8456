"""The commands on what is left to do, and on parameters: tasks, settings."""
