"""Fifteen probes: what an exchange of the same rules gets wrong first, shown to be right here on real connections."""
