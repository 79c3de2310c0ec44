"""What runs outside this machine, by setting: a Spark and a bucket. `make test-elsewhere` gets what they need."""
