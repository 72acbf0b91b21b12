"""Files that ship with the application; importable so that `importlib.resources` finds them."""
