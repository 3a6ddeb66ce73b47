"""What the tests of whole programs (tests/e2e, tests/faults) stand on; the fixtures are in tests/conftest.py."""
