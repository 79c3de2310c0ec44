"""Collected where what it needs was installed (`make test-elsewhere`); `make test` neither needs nor gets that."""

from importlib.util import find_spec

collect_ignore_glob = [] if all(map(find_spec, ("pyspark", "boto3", "moto"))) else ["test_*.py"]
