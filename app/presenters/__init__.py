"""What the window shows and what it asks for, without a widget."""
