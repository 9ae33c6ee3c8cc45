import os
from pathlib import Path

from snakemake.exceptions import WorkflowError

from ultralight_mir import paths
from ultralight_mir.config import resolve
from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment
from ultralight_mir.forms import FORMS
from ultralight_mir.files import check_writable
from ultralight_mir.jobs import output_cache
from ultralight_mir.jobs.resources import (
    UNKNOWN,
    doubled,
    doubling,
    gpus,
    rung_minutes,
)
from ultralight_mir.jobs.scheduling import tame

if workflow.is_main_process:
    tame()

try:
    experiment = Experiment(resolve(config))
    check_writable(experiment.root)
    check_writable(experiment.reports)
    SHARING = workflow.workflow_settings.cache is not None
    if SHARING and workflow.is_main_process:
        os.environ[output_cache.VARIABLE] = str(
            output_cache.place(
                os.environ, experiment.own_modules(), experiment.own_folders()
            )
        )
except InputError as error:
    raise WorkflowError(str(error)) from None

ROOT = experiment.root.as_posix()
REPORTS = experiment.reports.as_posix()
GPUS = gpus(os.environ)
CORPUS = paths.CorpusFolder(Path(f"{ROOT}/corpora/{{corpus}}/{{task}}"))
FEATURES = paths.FeatureFolder(Path(f"{ROOT}/features/{{corpus}}/{{task}}/{{feature}}"))
TRIAL = f"{ROOT}/{{corpus}}/{{task}}/{{network}}/seed-{{seed}}"
DENSE = paths.TicketFolder(Path(f"{TRIAL}/dense"))
SYSTEM = paths.SystemFolder(Path(f"{ROOT}/systems/{{task}}/{{system}}/{{corpus}}"))
RACE = paths.RaceFolder(Path(f"{ROOT}/races/{{task}}"))
EARLY = paths.RewindFolder(Path(f"{TRIAL}/rewind-{{step}}"))
RUNG = paths.TicketFolder(Path(f"{TRIAL}/{{strategy}}/removed-{{removed}}"))
EXPORT = paths.ExportFolder(Path(f"{TRIAL}/{{ticket}}/{{form}}"))
TICKET = paths.TicketFolder(Path(f"{TRIAL}/{{ticket}}"))


def trial_of(wildcards):
    return Path(TRIAL.format(**dict(wildcards.items())))


def dense_of(wildcards):
    """The dense ticket that a ticket's time is set against; none of itself."""
    if wildcards.ticket == paths.DENSE:
        return ()
    return paths.TicketFolder(trial_of(wildcards) / paths.DENSE).read


def folders_of(files):
    """The folders of some files, each once."""
    return list(dict.fromkeys(str(Path(file).parent) for file in files))


def store_options(input):
    """The features that a ticket is scored on, as a job is told them."""
    home, *others = folders_of(input.stores)
    return " ".join([f"--features {home}", *(f"--also {other}" for other in others)])


def dense_minutes(wildcards, input, attempt):
    """As a resource: minutes for a training that starts from a dense network."""
    return rung_minutes(paths.TicketFolder(Path(input.dense[0]).parent), attempt)


def submission(name):
    """The group of a job, on a cluster: what is submitted as one. `name` may hold wildcards and `{ladder}`, a ticket's.

    Elsewhere there is none: proving that no group depends on itself takes longer than the rest of the planning.
    """

    def group(wildcards):
        if workflow.local_exec:
            return None
        ladder = wildcards.get("ticket", "").partition("/")[0]
        return name.format(ladder=ladder, **dict(wildcards.items()))

    return group


wildcard_constraints:
    corpus=r"[A-Za-z0-9_-]+(\.fold-\d+)?",
    task="|".join(experiment.tasks),
    system=r"[A-Za-z0-9_-]+",
    form="|".join(FORMS),
    network=r"[A-Za-z0-9_.]+",
    seed=r"\d+",
    step=r"\d+(it|ep)",
    strategy="|".join(experiment.strategies),
    removed=r"0\.\d+",
    ticket=r"dense|[A-Za-z0-9_-]+/removed-0\.\d+",
