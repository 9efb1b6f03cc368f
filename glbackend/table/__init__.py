"""The elementwise table. `ROWS` holds one row per kernel, by TF.js name.

The rows of an op stand in the file that bears the name of the op's own: relu in `ops/activation.py` and here.
"""

from glbackend.table.activation import ACTIVATION
from glbackend.table.arithmetic import ARITHMETIC
from glbackend.table.comparison import COMPARISON
from glbackend.table.elementary import ELEMENTARY
from glbackend.table.logical import LOGICAL
from glbackend.table.row import Row

ROWS: dict[str, Row] = {
    row.kernel: row for row in (*ELEMENTARY, *ACTIVATION, *ARITHMETIC, *COMPARISON, *LOGICAL)
}
