"""Matrix games: equilibria, dominance, classes and quantal response (docs/model.md, section 4)."""

from .bimatrix import Equilibria as Equilibria
from .bimatrix import equilibria as equilibria
from .classes import CLASSES as CLASSES
from .classes import classify as classify
from .classes import player_class as player_class
from .quantal import logit_2x2 as logit_2x2
from .quantal import logit_bimatrix as logit_bimatrix
from .quantal import logit_equilibrium as logit_equilibrium
from .two_by_two import SELECTIONS as SELECTIONS
from .two_by_two import Solution as Solution
from .two_by_two import select as select
from .two_by_two import solve as solve
