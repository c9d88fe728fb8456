"""The command that uploads certificates: upload."""
