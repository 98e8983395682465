"""``python -m infra.serving_image STACK``: the model server's image is in the stack's registry.

A job calls it before the update that names the image (``make image``). Built are only images that
the stack names and its registry lacks: a tag is a hash of the content, and never moves.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.server.tag import HERE, IMAGE, tag
from stacks.errors import StackError

ROOT = Path(__file__).parents[1]
PLATFORM = "linux/amd64"
"""Of SageMaker's instances with a GPU, and of all that the stacks name."""
Run = Callable[..., Any]


class ImageError(StackError):
    """The image cannot be built here."""


def named(properties: Any) -> bool:  # noqa: ANN401 - JSON-like
    """Tell whether a resource's properties name the image, by the tag that its content gives it."""
    if isinstance(properties, str):
        return properties.endswith(f":{tag()}")
    if isinstance(properties, Mapping):
        return any(map(named, properties.values()))
    if isinstance(properties, Sequence) and not isinstance(properties, bytes):
        return any(map(named, properties))
    return False


def provide(stack: str, ecr: Any, say: Callable[[str], object], run: Run) -> bool:  # noqa: ANN401 - boto3's
    """Build and push the image, unless it is there; return whether it was pushed.

    A stack that never stood has no repository yet: then nothing serves that would need the image,
    and the next deployment brings it.

    Raises:
        ImageError: there is no Docker to build it with.
        subprocess.CalledProcessError: Docker fails.
    """
    repository = f"{stack}/{IMAGE}"
    try:
        (found,) = ecr.describe_repositories(repositoryNames=[repository])["repositories"]
    except ecr.exceptions.RepositoryNotFoundException:
        say(f"{repository} does not stand yet; the deployment after this one brings its image")
        return False
    image = f"{found['repositoryUri']}:{tag()}"
    try:
        ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag()}])
    except ecr.exceptions.ImageNotFoundException:
        pass
    else:
        say(f"{image} is there")
        return False
    if shutil.which("docker") is None:
        raise ImageError(f"{image} must be built, and there is no docker on PATH")
    recipe = f"{HERE}/Dockerfile"
    run(
        ["docker", "build", "--platform", PLATFORM, "--file", recipe, "--tag", image, "."],
        cwd=ROOT,
        check=True,
    )
    (authorization,) = ecr.get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(authorization["authorizationToken"]).partition(b":")
    registry = image.partition("/")[0]
    run(
        ["docker", "login", "--username", user.decode(), "--password-stdin", registry],
        input=password,
        check=True,
    )
    run(["docker", "push", image], check=True)
    say(f"{image} was pushed")
    return True


def main(stack: str) -> int:
    """Provide what a stack names; return the exit status."""
    import boto3  # noqa: PLC0415 - a tenth of a second

    from infra.plan.evaluate import evaluate_stack  # noqa: PLC0415 - seconds
    from pipelines.compile import CompileError  # noqa: PLC0415
    from stacks.layers import load  # noqa: PLC0415

    try:
        config = load(stack, ROOT).config
        graph = evaluate_stack(stack, root=ROOT).graph
        if not any(named(resource.inputs) for resource in graph.resources.values()):
            sys.stdout.write(f"{stack} names no image of the model server\n")
            return 0
        ecr = boto3.client("ecr", region_name=config.region)
        provide(str(config.name), ecr, lambda text: sys.stdout.write(f"{text}\n"), subprocess.run)
    except (StackError, CompileError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
