"""Passes: a graph gives the same before and after each, and the fused one has as few nodes as it should."""

import numpy as np
import pytest

import glbackend as gl
from glbackend.engine.engine import engine
from glbackend.graph.passes import PASSES, improved
from glbackend.graph.run import Prepared
from glbackend.testing.case import Case, all_cases
from glbackend.testing.interpret import replay
from glbackend.engine.tensor import Tensor
from glbackend.base.nested import leaves
