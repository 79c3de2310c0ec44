"""What goes wrong around the exchange, done to a whole private instance under load; then every rule is looked at."""
