"""The verb that lists the devices of this machine."""

from dataclasses import asdict

from core.cli.declaring import verb
from core.cli.outcome import Outcome
from core.services import runs
from core.settings import Settings


@verb("devices")
def devices_verb(settings: Settings) -> Outcome:
    """
    `devices [{key, title, is_gpu, memory_mib` (null: unknown, or a CPU's)`, busy, run, run_name}], waiting [id]` (next
    first)`, problem` (why a GPU of this machine is not used; "" if nothing is wrong)`, cluster {title, is_gpu, running,
    waiting, problem}` (where runs go instead; null: nowhere)
    """
    devices = runs.devices(settings)
    rows = [asdict(slot) for slot in devices.slots]
    text = "\n".join(
        f"{slot.title}: {slot.run_name or 'evaluating' if slot.busy else 'idle'}" for slot in devices.slots
    )
    return Outcome(
        document={
            "devices": rows,
            "waiting": list(devices.waiting),
            "problem": devices.problem,
            "cluster": asdict(devices.cluster) if devices.cluster else None,
        },
        text=f"{text}\n{devices.problem}".rstrip(),
    )
