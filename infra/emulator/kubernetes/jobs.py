"""Jobs: pods that run to their end, one for each index, started again where they fail."""

from __future__ import annotations

import itertools

from infra.emulator.kubernetes.admission import POD
from infra.emulator.kubernetes.owned import JOB, Owned, phase, said
from infra.emulator.kubernetes.refusal import Refused
from infra.emulator.kubernetes.store import Manifest, condition

INDEX = "batch.kubernetes.io/job-completion-index"
_numbers = itertools.count(1)


class Jobs:
    """Starts a pod for each completion that has none, until all have succeeded."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned

    def reconcile(self, job: Manifest) -> None:
        """Take the next step towards the job's end, and tell how far it got."""
        spec, status = job["spec"], job.get("status") or {}
        if any(one["type"] in {"Complete", "Failed"} for one in status.get("conditions") or ()):
            return
        pods = self._owned.of(job, POD)
        wanted = spec.get("completions", 1)
        succeeded = {_index(one) for one in pods if phase(one) == "Succeeded"}
        failed = [one for one in pods if phase(one) == "Failed"]
        active = {_index(one) for one in pods if phase(one) in {"Pending", "Running"}}
        now = self._owned.store.now()
        ended = None
        if len(succeeded) >= wanted:
            ended = condition("Complete", "True", "CompletionsReached", "", now)
        elif len(failed) > spec.get("backoffLimit", 6):
            ended = condition("Failed", "True", "BackoffLimitExceeded", said(failed[-1]), now)
        elif not spec.get("suspend"):
            refused = self._start(job, succeeded | active)
            if refused:
                ended = condition("Failed", "True", "FailedCreate", refused, now)
            active = {
                _index(one)
                for one in self._owned.of(job, POD)
                if phase(one) in {"Pending", "Running"}
            }
        if ended is not None or spec.get("suspend"):
            for one in pods:
                if phase(one) in {"Pending", "Running"}:
                    self._owned.writes.remove(
                        POD, one["metadata"]["namespace"], one["metadata"]["name"]
                    )
            active = set()
        suspended = str(bool(spec.get("suspend")))
        self._owned.tell(
            job,
            JOB,
            active=len(active),
            succeeded=len(succeeded),
            failed=len(failed),
            startTime=status.get("startTime", now),
            conditions=[ended]
            if ended
            else [condition("Suspended", suspended, "JobSuspended", "", now)],
            **({"completionTime": now} if ended and ended["type"] == "Complete" else {}),
        )

    def _start(self, job: Manifest, taken: set[int]) -> str:
        """Start what is missing; return why a pod was refused."""
        spec, own = job["spec"], job["metadata"]
        wanted = spec.get("completions", 1)
        room = spec.get("parallelism", 1) - len(taken)
        names = self._names(job)
        for index in range(wanted):
            if index in taken or room <= 0:
                continue
            room -= 1
            labels = {INDEX: str(index), "batch.kubernetes.io/job-name": own["name"]}
            container = dict(spec["template"]["spec"]["containers"][0])
            container["env"] = [
                *(container.get("env") or ()),
                {"name": "JOB_COMPLETION_INDEX", "value": str(index)},
            ]
            extra = {
                "hostname": f"{own['name']}-{index}",
                "containers": [container],
                **(
                    {"activeDeadlineSeconds": spec["activeDeadlineSeconds"]}
                    if "activeDeadlineSeconds" in spec
                    else {}
                ),
            }
            try:
                self._owned.pod(
                    job,
                    spec["template"],
                    name=f"{own['name']}-{index}",
                    labels=labels,
                    annotations={INDEX: str(index), **({"emulator/hosts": names} if names else {})},
                    spec=extra,
                )
            except Refused as refusal:
                return str(refusal)
        return ""

    def _names(self, job: Manifest) -> str:
        """Return the lines of ``/etc/hosts`` by which the pods of a job reach one another."""
        subdomain = job["spec"]["template"]["spec"].get("subdomain")
        if not subdomain:
            return ""
        name, own = job["metadata"]["name"], job["metadata"]
        held = own.get("annotations", {}).get("emulator/hosts")
        if held:
            return str(held)
        number = next(_numbers)
        block = f"127.{32 + number // 256 % 32}.{number % 256}"
        lines = [
            f"{block}.{rank + 1}\t{name}-{rank} {name}-{rank}.{subdomain}"
            f" {name}-{rank}.{subdomain}.{own['namespace']}.svc"
            f" {name}-{rank}.{subdomain}.{own['namespace']}.svc.cluster.local\n"
            for rank in range(job["spec"].get("completions", 1))
        ]
        return "".join(lines)


def _index(pod: Manifest) -> int:
    return int(pod["metadata"]["labels"][INDEX])
