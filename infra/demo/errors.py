"""How a demo can fail.

```text
DemoError
├── RefusedError    the scoring API did not answer a request
└── StalledError    the loop did not do what the stack declares
```
"""

from __future__ import annotations


class DemoError(RuntimeError):
    """The demo cannot go on."""


class RefusedError(DemoError):
    """The scoring API did not answer a request: status and body say why."""


class StalledError(DemoError):
    """The loop did not do what the stack declares; says what was expected and what happened."""
