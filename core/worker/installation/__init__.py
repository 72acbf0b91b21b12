"""Who this installation is: its key, its second person, and what it keeps of its studies."""
