"""Enterprise parameters of each cluster, and settings of the lab."""
