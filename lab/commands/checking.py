"""Commands of the cluster's revocation checking: settings, checks, evidence."""
