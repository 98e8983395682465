"""What Pulumi's engine starts for programs of other projects, in any language."""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
# Pulumi runs this folder as a program: the project, two folders up, takes its place on the path.
sys.path[:] = [str(_HERE.parents[1]), *(one for one in sys.path if Path(one).resolve() != _HERE)]

from infra.plugin.provider import main  # noqa: E402 - after the path is right

if __name__ == "__main__":
    sys.exit(main())
