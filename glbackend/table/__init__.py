"""Floor 2: the elementwise table. `ROWS` holds one row per kernel, by TF.js name."""

from glbackend.table.binary import BINARY
from glbackend.table.nonlinear import NONLINEAR
from glbackend.table.row import Row
from glbackend.table.unary import UNARY

ROWS: dict[str, Row] = {row.kernel: row for row in (*UNARY, *NONLINEAR, *BINARY)}
