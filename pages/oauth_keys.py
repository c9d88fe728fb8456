"""The keys behind OAuth tokens: checksums, age, and how to renew them."""
