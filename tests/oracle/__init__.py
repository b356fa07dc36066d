"""An independent, slow and plain evaluation of docs/model.md, to which the engines are held.

It shares no code with the package: a dictionary {state: probability} is carried from round to round, and every
outcome of every step of a round is enumerated in the order in which the page writes them.
"""

from .compare import differences
from .law import evaluate
from .tables import load, variant_tables

__all__ = ["differences", "evaluate", "load", "variant_tables"]
