from pathlib import Path

from snakemake.exceptions import WorkflowError

from ultralight_mir import paths
from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment, resolve
from ultralight_mir.files import check_writable

try:
    config = resolve(
        config, Path(workflow.basedir) / "workflow/schemas/config.schema.yaml"
    )
    experiment = Experiment(config)
    check_writable(experiment.root)
    check_writable(experiment.reports)
except InputError as error:
    raise WorkflowError(str(error)) from None

ROOT = experiment.root.as_posix()
REPORTS = experiment.reports.as_posix()
TRIAL = f"{ROOT}/{{corpus}}/{{task}}/{{network}}/seed-{{seed}}"


wildcard_constraints:
    corpus=r"[A-Za-z0-9_-]+(\.fold-\d+)?",
    task="|".join(config["tasks"]),
    network=r"[A-Za-z0-9_.]+",
    seed=r"\d+",
    strategy="|".join(config["strategies"]),
    removed=r"0\.\d+",
    ticket=r"dense|[A-Za-z0-9_-]+/removed-0\.\d+",
