"""What was kept, what differs from now, and how to go back."""
