"""A release as one folder or ZIP for somebody else, and its verification with nothing but that."""
