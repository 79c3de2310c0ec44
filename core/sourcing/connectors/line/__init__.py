"""The line to strangers: one HTTP client with every rule about it, the pace, the clock, what is unpacked (SPEC 8.1)."""
