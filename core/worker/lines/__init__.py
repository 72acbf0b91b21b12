"""How this installation reaches the others: lobby lines, proxy, relay."""
