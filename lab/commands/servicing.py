"""The commands on services: services, restart."""
