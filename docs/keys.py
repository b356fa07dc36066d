"""Prints docs/keys.md: every key of a scenario file, from the declarations (`make docs`)."""

from sim.config.tables_of_keys import keys_table
from sim.dilemma.keys import SCENARIO

print("# Every key of a scenario file\n")
print("Made from the declarations in the code by `make docs`; what the keys mean is in [model.md](model.md).\n")
print(keys_table(SCENARIO).rstrip())
