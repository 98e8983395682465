"""A real API server of Kubernetes with its controllers: no node, so no pod of it ever runs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import kubernetes.client
import urllib3
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from urllib3.exceptions import InsecureRequestWarning

from tests.apiserver.objects import path
from tests.emulator.kubernetes.support import request

client: Any = kubernetes.client  # its methods take models, and mappings as well

PROGRAMS: Final = ("etcd", "kube-apiserver", "kube-controller-manager")
ASSETS: Final = "KUBEBUILDER_ASSETS"
"""The folder of the programs, as `setup-envtest` of controller-runtime names it."""
PATIENCE_SECONDS: Final = 120
LIFE_SECONDS: Final = "1800"
_TOKEN: Final = "administrator"  # noqa: S105 - of a server on loopback that lives for one test run


def missing() -> list[str]:
    """Return the programs that are not at hand."""
    return [name for name in PROGRAMS if _found(name) is None]


def _found(name: str) -> str | None:
    return shutil.which(
        name, path=os.pathsep.join((os.environ.get(ASSETS, ""), os.environ["PATH"]))
    )


@dataclass(frozen=True)
class Cluster:
    """A control plane, and its administrator's client."""

    api: Any
    version: str
    """Such as ``1.36``."""

    def refusal(self, manifest: Mapping[str, Any], *, tried: bool = True) -> str | None:
        """Return why an object is not taken, in the server's words; ``tried`` makes none."""
        query = "fieldValidation=Strict" + ("&dryRun=All" if tried else "")
        where = f"{path(manifest, name=False)}?{query}"
        status, body = request(self.api, "POST", where, manifest)
        return str(body.get("message", status)) if status >= HTTPStatus.BAD_REQUEST else None


@contextmanager
def control_plane(home: Path) -> Iterator[Cluster]:
    """Run etcd, an API server and its controllers on loopback, in an empty folder."""
    key = home / "accounts.pem"
    key.write_bytes(
        rsa.generate_private_key(public_exponent=65_537, key_size=2048).private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        )
    )
    (home / "tokens.csv").write_text(f"{_TOKEN},{_TOKEN},{_TOKEN},system:masters\n")
    store, peers, port, controllers = _free_ports(4)
    with ExitStack() as running:
        running.enter_context(_etcd(home, store, peers))
        running.enter_context(_api_server(home, store, port, key))
        configuration = client.Configuration(host=f"https://127.0.0.1:{port}")
        configuration.ssl_ca_cert = str(home / "apiserver/apiserver.crt")
        configuration.api_key = {"authorization": f"Bearer {_TOKEN}"}
        api = running.enter_context(client.ApiClient(configuration))
        found = client.VersionApi(api).get_code()
        running.enter_context(_controllers(home, api.configuration, controllers, key))
        core = client.CoreV1Api(api)
        _until(lambda: bool(core.list_namespaced_service_account("default").items), "controllers")
        yield Cluster(api, f"{found.major}.{found.minor}".rstrip("+"))


def _etcd(home: Path, port: int, peers: int) -> Any:
    own, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peers}"
    return _run(
        home,
        "etcd",
        ready=f"{own}/health",
        data_dir=home / "etcd",
        listen_client_urls=own,
        advertise_client_urls=own,
        listen_peer_urls=peer,
        initial_advertise_peer_urls=peer,
        initial_cluster=f"default={peer}",
        unsafe_no_fsync="true",
    )


def _api_server(home: Path, store: int, port: int, key: Path) -> Any:
    return _run(
        home,
        "kube-apiserver",
        ready=f"https://127.0.0.1:{port}/readyz",
        etcd_servers=f"http://127.0.0.1:{store}",
        bind_address="127.0.0.1",
        secure_port=port,
        cert_dir=home / "apiserver",
        endpoint_reconciler_type="none",
        service_cluster_ip_range="10.0.0.0/24",
        authorization_mode="RBAC",
        allow_privileged="true",
        token_auth_file=home / "tokens.csv",
        service_account_issuer="https://kubernetes.default.svc",
        service_account_key_file=key,
        service_account_signing_key_file=key,
    )


def _controllers(home: Path, configuration: Any, port: int, key: Path) -> Any:
    reached = {"server": configuration.host, "certificate-authority": configuration.ssl_ca_cert}
    written = home / "kubeconfig.yaml"
    written.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "own",
                "clusters": [{"name": "own", "cluster": reached}],
                "contexts": [{"name": "own", "context": {"cluster": "own", "user": "own"}}],
                "users": [{"name": "own", "user": {"token": _TOKEN}}],
            }
        )
    )
    return _run(
        home,
        "kube-controller-manager",
        ready=f"https://127.0.0.1:{port}/healthz",
        kubeconfig=written,
        bind_address="127.0.0.1",
        secure_port=port,
        cert_dir=home / "controllers",
        leader_elect="false",
        service_account_private_key_file=key,
    )


@contextmanager
def _run(home: Path, program: str, *, ready: str, **flags: object) -> Iterator[None]:
    """Run a program until the end, at the latest its life's; wait until it answers."""
    told = [f"--{name.replace('_', '-')}={value}" for name, value in flags.items()]
    log = home / f"{program}.log"
    with (
        log.open("wb") as written,
        subprocess.Popen(
            ["timeout", "--signal=KILL", LIFE_SECONDS, str(_found(program)), *told],
            stdout=written,
            stderr=subprocess.STDOUT,
            cwd=home,
        ) as process,
    ):
        try:
            # Its certificate is its own and not read yet; nothing is sent.
            pool = urllib3.PoolManager(cert_reqs="CERT_NONE", assert_hostname=False)

            def answers() -> bool:
                assert process.poll() is None, f"{program} ended:\n{log.read_text()[-4000:]}"
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore", InsecureRequestWarning)
                        return pool.request("GET", ready, retries=False).status in {200, 401, 403}
                except urllib3.exceptions.HTTPError:
                    return False

            _until(answers, program)
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end, f"{what} not ready after {PATIENCE_SECONDS} s"
        time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(closing(socket.socket())) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
