"""The blind relay: splices pairs of connections and copies what it cannot read."""
