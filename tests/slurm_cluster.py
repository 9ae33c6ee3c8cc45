"""A Slurm cluster on this machine, for as long as a test wants it: a controller and two nodes of two CPUs, on loopback.

Debian has all of it (slurmctld, slurmd, slurm-client, munge). By hand: python tests/slurm_cluster.py COMMAND ARGUMENT…
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from processes import comes_about

CONF = Path("/etc/slurm/slurm.conf")
"""Where jobs look for it: the executor takes SLURM_CONF out of their environment."""
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol")
NODES = ("one", "two")
CPUS = 2
LIMITS = CONF.with_name("cgroup.conf")
"""Settings of what gives jobs no more memory than they asked for."""
MARK = "# Written by tests/slurm_cluster.py, which takes it away.\n"
SETTINGS = """\
ClusterName=ultralight
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={controller}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin={tasks}
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobs.txt
ReturnToService=2
SlurmdParameters=config_overrides
SlurmdTimeout=20
MinJobAge=300
KillWait=2
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
LIMITED = """\
CgroupPlugin=cgroup/v1
CgroupMountpoint=/sys/fs/cgroup
ConstrainRAMSpace=yes
ConstrainSwapSpace=yes
AllowedSwapSpace=0
"""
NODE = "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory=8000\n"


def obstacle() -> str:
    """Why there can be no cluster here; nothing where there can."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if missing:
        return f"Slurm is not installed: no {', '.join(missing)}"
    if os.geteuid():
        return "Slurm's daemons want root"
    if find_spec("snakemake_executor_plugin_slurm") is None:
        return "snakemake-executor-plugin-slurm is not installed"
    for path in (CONF, LIMITS):
        if path.exists() and not _left_over(path):
            return f"{path}: this machine has a cluster already"
    return ""


def _left_over(path: Path) -> bool:
    """Whether settings are those of a test that was killed."""
    return path.read_text().startswith(MARK) and "UP" not in _ask("scontrol", "ping")


def limits_memory() -> bool:
    """Whether the cluster's jobs are killed where they take more memory than they asked for (control groups)."""
    return all(os.access(f"/sys/fs/cgroup/{kind}", os.W_OK) for kind in ("memory", "freezer", "cpuset"))


@contextmanager
def cluster() -> Iterator[Path]:
    """Have a cluster of idle nodes while inside; its folder, with its logs and `jobs.txt`, a line a job that ended."""
    with tempfile.TemporaryDirectory(prefix="slurm-") as name, ExitStack() as stack:
        folder, host = Path(name), socket.gethostname().partition(".")[0]
        folder.chmod(0o755)
        controller, *ports = _free_ports(1 + len(NODES))
        nodes = (
            NODE.format(name=node, host=host, port=port, cpus=CPUS) for node, port in zip(NODES, ports, strict=True)
        )
        CONF.parent.mkdir(exist_ok=True)
        tasks = "task/cgroup" if limits_memory() else "task/none"
        settings = SETTINGS.format(host=host, folder=folder, controller=controller, tasks=tasks)
        for path, text in ((CONF, settings + "".join(nodes)), (LIMITS, LIMITED)):
            path.write_text(MARK + text)
            stack.callback(path.unlink)
        stack.callback(_remove_groups)
        (folder / "state").mkdir()
        stack.enter_context(_daemon(_munged(folder)))
        if not comes_about((folder / "munge.socket").exists, 10):
            raise RuntimeError((folder / "munge.log").read_text())
        stack.enter_context(_daemon(["/usr/sbin/slurmctld", "-D"]))
        for node in NODES:
            stack.enter_context(_daemon(["/usr/sbin/slurmd", "-D", "-N", node]))
        if not comes_about(_idle, 30):
            raise RuntimeError((folder / "slurmctld.log").read_text())
        yield folder
        subprocess.run(["scancel", f"--user={getpass.getuser()}"], check=False)
        comes_about(lambda: not _ask("squeue", "--noheader"), 20)


def _remove_groups() -> None:
    """The control groups that the nodes leave behind, from the innermost on."""
    for node in NODES:
        for group in Path("/sys/fs/cgroup").glob(f"*/slurm_{node}"):
            for folder in sorted((path.parent for path in group.glob("**/cgroup.procs")), reverse=True):
                with suppress(OSError):  # something still ends there
                    folder.rmdir()


def _munged(folder: Path) -> Sequence[str]:
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    options = [f"--{option}={folder / f'munge.{name}'}" for option, name in files.items()]
    return ["/usr/sbin/munged", "--foreground", *options]


@contextmanager
def _daemon(command: Sequence[str]) -> Iterator[None]:
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _idle() -> bool:
    return _ask("sinfo", "--noheader", "--Node", "--format=%T").split() == ["idle"] * len(NODES)


def _ask(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


if __name__ == "__main__":
    if obstacle():
        sys.exit(f"error: {obstacle()}")
    with cluster() as where:
        begun = time.monotonic()
        status = subprocess.call(sys.argv[1:])
        print((where / "jobs.txt").read_text(), f"{time.monotonic() - begun:.1f} s", sep="", file=sys.stderr)
    sys.exit(status)
