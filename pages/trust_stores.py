"""What does each node trust, where do nodes differ?"""
