"""The warm parent of one image family: imports libraries once, then forks a child per container.

Run as a file by an isolated interpreter, with a stream socket to the emulator as its argument; it
imports nothing of this project, so that nothing of the project is importable in a child. It stays
single-threaded, which is what makes the fork safe. It dies, and its children with it, when the
other end of the socket closes.

A request is four bytes of length (with the child's output descriptor attached), then JSON; answers
are JSON lines: ``ready``, ``started`` and ``ended``.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import sys
import threading
import time
import traceback
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
CLONE_NEWUTS = 0x04000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
HOSTS_FILE = "/etc/hosts"
JOIN_SECONDS = 10.0
MOUNT_POINT = "/opt/ml"
SETUP_FAILED = 125
NOT_FOUND = 127


class Started(Exception):  # noqa: N818 - not an error: it unwinds the parent's loop inside the child
    """Raised in the child, to leave the parent's loop and its frames behind."""

    def __init__(self, request: dict[str, Any]) -> None:
        super().__init__()
        self.request = request


# --- mount namespaces -------------------------------------------------------------------------


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str | None, flags: int) -> None:
    kind_bytes = kind.encode() if kind else None
    result = _libc().mount(
        source.encode(), target.encode(), kind_bytes, ctypes.c_ulong(flags), None
    )
    _check(result, f"mount {source} on {target}")


def _unshare(*, isolated: bool, beside: int) -> None:
    """Leave the parent's mount namespace, through a user namespace where root is not ours.

    An isolated container leaves its network too, and finds only a loopback of its own, or that of
    the process ``beside`` it.
    """
    user, group = os.geteuid(), os.getegid()
    joins = isolated and beside != 0
    if joins:
        _join(beside, "net" if user == 0 else "user")
        if user != 0:
            _join(beside, "net")
    flags = CLONE_NEWNS | CLONE_NEWUTS | (CLONE_NEWNET if isolated and not joins else 0)
    if user == 0 or joins:
        _check(_libc().unshare(flags), "unshare")
    else:
        _check(_libc().unshare(flags | CLONE_NEWUSER), "unshare")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        # Or nobody but root could look up its namespaces, to share its network.
        _check(_libc().prctl(PR_SET_DUMPABLE, 1), "prctl")
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    if isolated:
        _raise_loopback()


def _join(process: int, kind: str) -> None:
    """Enter another process's namespace, once that process has left ours.

    Raises:
        OSError: it does not, or may not be entered.
    """
    ours, theirs = f"/proc/self/ns/{kind}", f"/proc/{process}/ns/{kind}"
    deadline = time.monotonic() + JOIN_SECONDS
    while os.readlink(ours) == os.readlink(theirs):  # noqa: PTH115 - the link of /proc, as it is
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {process} made no {kind} namespace")
        time.sleep(0.005)
    handle = os.open(theirs, os.O_RDONLY)
    _check(_libc().setns(handle, 0), f"setns {kind}")
    os.close(handle)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        name = b"lo".ljust(16, b"\0")
        answer = fcntl.ioctl(control, SIOCGIFFLAGS, name + bytes(24))
        flags = struct.unpack_from("H", answer, 16)[0] | IFF_UP
        fcntl.ioctl(control, SIOCSIFFLAGS, name + struct.pack("H", flags) + bytes(22))


def _make_mount_point() -> None:
    """Give this namespace a ``/opt/ml`` without leaving a trace on the machine.

    ``/opt`` becomes an empty file system that shows again everything that ``/opt`` held.
    """
    if Path(MOUNT_POINT).is_dir():
        return
    parent = Path(MOUNT_POINT).parent
    held = {entry.name: entry for entry in os.scandir(parent)}
    handles = {
        name: os.open(entry.path, os.O_PATH)
        for name, entry in held.items()
        if not entry.is_symlink()
    }
    links = {name: Path(entry).readlink() for name, entry in held.items() if entry.is_symlink()}
    directories = {name for name, entry in held.items() if entry.is_dir(follow_symlinks=False)}
    _mount("tmpfs", str(parent), "tmpfs", 0)
    for name, handle in handles.items():
        target = parent / name
        if name in directories:
            target.mkdir()
        else:
            target.touch()
        _mount(f"/proc/self/fd/{handle}", str(target), None, MS_BIND | MS_REC)
        os.close(handle)
    for name, link in links.items():
        (parent / name).symlink_to(link)
    Path(MOUNT_POINT).mkdir()


def enter_namespace(opt_ml: str, *, isolated: bool, host: dict[str, Any] | None = None) -> None:
    """Let this process see ``opt_ml`` as ``/opt/ml``, and no network if it is isolated.

    As one of several hosts it has their name, and finds the others by theirs.

    Raises:
        OSError: this machine does not allow it.
    """
    _unshare(isolated=isolated, beside=host["beside"] if host else 0)
    _make_mount_point()
    _mount(opt_ml, MOUNT_POINT, None, MS_BIND | MS_REC)
    if host:
        name = host["name"].encode()
        _check(_libc().sethostname(name, len(name)), "sethostname")
        _mount(host["names"], HOSTS_FILE, None, MS_BIND)


def namespaces_work(directory: str) -> bool:
    """Tell whether a child of this process can have its own ``/opt/ml``."""
    if sys.platform != "linux":
        return False
    child = os.fork()
    if child == 0:
        try:
            enter_namespace(directory, isolated=True)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


# --- the child --------------------------------------------------------------------------------


def _die_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(128 + signal.SIGKILL)


def _become_container(request: dict[str, Any], output: int, parent: int) -> None:
    """Turn a fresh fork into the container's process: session, descriptors, mounts, environment."""
    os.setsid()
    _die_with_parent(parent)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, 4096)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # a TextIOWrapper here
    if request["namespace"]:
        enter_namespace(request["opt_ml"], isolated=request["isolated"], host=request.get("host"))
    os.environ.clear()
    os.environ.update(request["environment"])
    if hasattr(time, "tzset"):
        time.tzset()
    os.chdir(request["directory"])


def _python_command(command: list[str]) -> tuple[str, list[str]] | None:
    """Split a Python command into what is run (``file`` or ``module:name``) and ``sys.argv``."""
    program = os.path.basename(command[0])  # noqa: PTH119 - a name, not a file of this machine
    if not (program == "python" or (program.startswith("python") and program[6:7] in "23")):
        return None
    rest = command[1:]
    while rest and rest[0] in {"-u", "-B", "-E", "-s"}:
        rest = rest[1:]
    if rest[:1] == ["-m"] and len(rest) > 1 and rest[1] != "pip":
        return f"module:{rest[1]}", rest[1:]
    if rest and not rest[0].startswith("-"):
        return rest[0], rest
    return None


def _limit_threads(environment: Mapping[str, str]) -> None:
    """Honour ``OMP_NUM_THREADS``, which the libraries read when they were imported."""
    wanted = environment.get("OMP_NUM_THREADS", "")
    if wanted.isdigit():
        with contextlib.suppress(ImportError):
            controller = importlib.import_module("threadpoolctl")
            controller.threadpool_limits(int(wanted))


def _reseed() -> None:
    """Part the children's random numbers: numpy, unlike ``random``, keeps its state over a fork."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _hide_frames(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print an uncaught exception as if the script had been started by a shell."""
    while trace is not None and trace.tb_frame.f_code.co_filename in (__file__, "<frozen runpy>"):
        trace = trace.tb_next
    traceback.print_exception(kind, error, trace)


def run(request: dict[str, Any]) -> None:
    """Run the command in this process; returns, raises or never comes back."""
    command = request["command"]
    python = _python_command(command)
    if python is None:
        try:
            os.execvpe(command[0], command, os.environ)  # noqa: S606 - the container's entry point
        except OSError as error:
            sys.stderr.write(f"{command[0]}: {error.strerror}\n")
            raise SystemExit(NOT_FOUND) from None
    _reseed()
    _limit_threads(os.environ)
    sys.excepthook = _hide_frames
    what, sys.argv = python
    extra = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if what.startswith("module:"):
        sys.path[:0] = ["", *extra]
        runpy.run_module(what.removeprefix("module:"), run_name="__main__", alter_sys=True)
        return
    if not Path(what).exists():
        sys.stderr.write(f"python: can't open file '{what}': No such file or directory\n")
        raise SystemExit(2)
    # A zip application brings its own path, which runpy puts first.
    beside = [] if zipfile.is_zipfile(what) else [str(Path(what).resolve().parent)]
    sys.path[:0] = [*beside, *extra]
    runpy.run_path(what, run_name="__main__")


def run_to_status(request: dict[str, Any]) -> int:
    """Run the command and return its exit status, having told of an exception as Python does."""
    try:
        run(request)
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return (error.code or 0) & 0xFF
        sys.stderr.write(f"{error.code}\n")
        return 1
    except BaseException:  # noqa: BLE001 - as an interpreter does at its very end
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def end(status: int) -> NoReturn:
    """End as an interpreter does, but for taking itself apart.

    Freeing what the parent had imported would copy every page of it, which takes longer than a
    small step: threads are waited for, exit functions called, streams flushed, and that is all.
    """
    for last in (threading._shutdown, atexit._run_exitfuncs, sys.stdout.flush, sys.stderr.flush):  # type: ignore[attr-defined]
        try:
            last()
        except BaseException:  # noqa: BLE001 - the others are still owed
            status = status or 1
    os._exit(status)


# --- the parent -------------------------------------------------------------------------------


class Parent:
    """Takes requests, forks, and tells how each child ended."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._started: dict[int, tuple[str, float]] = {}
        self._wake, waker = os.pipe()
        os.set_blocking(waker, False)
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def tell(self, **message: object) -> None:
        """Answer the emulator."""
        self._connection.sendall(json.dumps(message).encode() + b"\n")

    def serve(self) -> None:
        """Work until the emulator is gone; in a child, raise ``Started``."""
        try:
            while True:
                waiting: list[Any] = [self._connection, self._wake]
                ready, _, _ = select.select(waiting, [], [])
                if self._wake in ready:
                    os.read(self._wake, 4096)
                    self._reap()
                if self._connection in ready and not self._take():
                    break
        except (BrokenPipeError, ConnectionResetError):
            pass
        self._kill_all()

    def _receive(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            chunk = self._connection.recv(length - len(data))
            if not chunk:
                raise ConnectionResetError
            data += chunk
        return data

    def _take(self) -> bool:
        head, descriptors, _, _ = socket.recv_fds(self._connection, 4, 1)
        if not head:
            return False
        head += self._receive(4 - len(head))
        request = json.loads(self._receive(struct.unpack("!I", head)[0]))
        self._fork(request, descriptors[0])
        return True

    def _fork(self, request: dict[str, Any], output: int) -> None:
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            try:
                _become_container(request, output, parent)
            except OSError as error:
                os.write(output, f"container could not be set up: {error}\n".encode())
                os._exit(SETUP_FAILED)
            raise Started(request)
        os.close(output)
        self._started[child] = (request["id"], time.monotonic())
        self.tell(started=request["id"], pid=child)

    def _reap(self) -> None:
        while self._started:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if child == 0:
                return
            identity, began = self._started.pop(child, ("", 0.0))
            if identity:
                # What the process left running ends with it, as in a container.
                _kill_group(child)
                code = os.waitstatus_to_exitcode(status)
                seconds = time.monotonic() - began
                self.tell(ended=identity, code=code if code >= 0 else 128 - code, seconds=seconds)

    def _kill_all(self) -> None:
        for child in self._started:
            _kill_group(child)


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def preload(modules: list[str]) -> list[str]:
    """Import what the family's containers will import; returns what is not installed here."""
    missing = []
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError:
            missing.append(module)
    return missing


SERVICES = ("s3", "sagemaker", "sagemaker-featurestore-runtime", "cloudwatch")


def read_service_models() -> None:
    """Have botocore keep the files it reads, and read those of the services that steps call.

    A client of SageMaker parses megabytes of JSON, a quarter of a second in every step. Children
    get what the parent parsed; what botocore merges into it is the same each time.
    """
    try:
        loaders = importlib.import_module("botocore.loaders")
        session = importlib.import_module("botocore.session").Session()
    except ImportError:
        return
    kept = functools.cache(loaders.JSONFileLoader().load_file)
    loaders.JSONFileLoader.load_file = lambda _self, path: kept(path)
    for service in SERVICES:
        session.create_client(
            service,
            "us-east-1",
            aws_access_key_id="none",
            aws_secret_access_key="none",  # noqa: S106 - of nothing
        )


def main(arguments: list[str]) -> None:
    """Serve on the socket whose descriptor is the first argument; the second is settings in JSON.

    ``packages`` are put on the path, ``python`` is what children start as ``sys.executable``,
    ``preload`` is imported, and ``probe`` is a directory to try mount namespaces with, or null.
    """
    connection = socket.socket(fileno=int(arguments[0]))
    connection.set_inheritable(False)
    settings = json.loads(arguments[1])
    sys.path += settings["packages"]
    sys.executable = settings["python"]
    parent = Parent(connection)
    missing = preload(settings["preload"])
    read_service_models()
    gc.collect()
    gc.freeze()
    namespace = settings["probe"] is not None and namespaces_work(settings["probe"])
    parent.tell(ready=True, namespace=namespace, missing=missing, pid=os.getpid())
    parent.serve()


if __name__ == "__main__":
    request: dict[str, Any] | None = None
    try:
        main(sys.argv[1:])
    except Started as begun:
        request = begun.request
    if request is not None:
        end(run_to_status(request))
