"""The step of the full example: runs in SageMaker's image, not where the stack is declared."""

import sys

sys.stdout.write("counted the seats\n")
