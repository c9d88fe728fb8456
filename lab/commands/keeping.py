"""The commands on OAuth keys and backups: oauth, backup, restore."""
