"""Commands that revoke, hold and release certificates, and publish CRLs."""
