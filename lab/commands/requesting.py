"""The commands that request, sign and make certificates: csr, sign, regenerate, self-signed."""
