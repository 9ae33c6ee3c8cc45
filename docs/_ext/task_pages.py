"""One page a task: from its module, its metrics, networks and features, cards of tickets, and tables: ours, others'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

import md
import published
import reference

from ultralight_mir.corpora.datasets import DATASETS, get_dataset
from ultralight_mir.corpora.synthetic import SYNTHESISERS
from ultralight_mir.features import get_feature
from ultralight_mir.networks import NETWORKS
from ultralight_mir.report.formats import interval, percent, signed, significant
from ultralight_mir.systems import SYSTEMS, find_system
from ultralight_mir.tasks import TASKS, get_task
from ultralight_mir.tasks.base import Task
from ultralight_mir.tickets import names as tickets
from ultralight_mir.tickets import path as ticket_path
from ultralight_mir.tickets.cards import read_card

EXPERIMENTS = {"": "first look (`config.yaml`)", "reference": "reference", "paper": "the paper's set-up"}
_ROOM = "ultralight_mir.tasks"


def pages() -> dict[str, str]:
    """File name without suffix → Markdown; `index` lists the tasks."""
    return {"index": _index(), **{name: page(name) for name in TASKS}}


def page(name: str) -> str:
    """The page of a registered task."""
    task = get_task(name)
    return "\n\n".join(part.strip() for part in _parts(task) if part.strip()) + "\n"


def _parts(task: Task) -> Iterator[str]:
    title, _, body = md.docstring(import_module(type(task).__module__)).partition("\n\n")
    yield f"# {task.name.capitalize()}\n\n{title.partition(': ')[2][:1].upper()}{title.partition(': ')[2][1:]}"
    yield f":::{{admonition}} What its tickets do not do\n:class: note\n{task.limits}\n:::"
    yield f"## At a glance\n\n{_glance(task)}"
    yield f"## Target, decoding and protocol\n\n{body}"
    for module in _helpers(task, body):
        yield f"### {_shown(module)}\n\n{md.docstring(import_module(module))}"
    yield f"## Metrics\n\n{_metrics(task)}"
    yield f"## Networks\n\n{_networks(task)}"
    yield f"## Corpora\n\n{_corpora(task)}"
    yield f"## Results\n\n{_results(task)}"
    yield f"## Published results\n\n{published.section(task.name)}"
    yield f"## Tickets that come with the package\n\n{_tickets(task)}"
    yield f"## Systems to set beside them\n\n{_systems(task)}"


def _index() -> str:
    head = ("task", "what it asks", "headline score", "the reference experiment")
    rows = []
    for name in TASKS:
        task = get_task(name)
        says = md.first_sentence(md.docstring(import_module(type(task).__module__))).partition(": ")[2]
        rows.append((f"[{name}]({name}.md)", says, task.metrics[0].label, verdict(name)))
    listed = "\n".join(TASKS)
    return (
        "# Tasks\n\nSix tasks, each with a network of its own, scored the way its field scores it.\n\n"
        f"{md.table(head, rows)}\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n"
    )


def verdict(name: str) -> str:
    """What the reference experiment shows of a task, in one sentence."""
    rows = [row for row in reference.verdicts() if row["task"] == name]
    if not rows:
        return "Not run yet: nothing is claimed."
    row = rows[0]
    what = "No loss is shown" if row["shown"] else "No verdict of “no loss” is reached"
    return (
        f"{what} at {percent(row['removed_target'])} removed (`{row['strategy']}`):"
        f" {signed(row['difference'])} points ({interval(row['low'], row['high'])}),"
        f" {significant(row['parameters'])} parameters instead of {significant(row['dense_parameters'])}."
    )


def _glance(task: Task) -> str:
    rows = [
        ("annotation and estimate", md.code(task.annotation)),
        ("output", f"{task.outputs} a {'frame' if task.framewise else 'clip'}, {_exclusive(task)}"),
        ("classes", md.codes(task.classes) or "none"),
        ("heard at a time", f"{task.window:g} s" if task.window else "the whole recording"),
        ("thresholds, chosen on validation clips", md.codes(task.decisions) or "none"),
        ("scorer", md.code(task.scorer)),
    ]
    for kind, name in task.features.items():
        feature = get_feature(name)
        rate = f"{feature.sample_rate:,} Hz, a frame every {1000 * feature.hop / feature.sample_rate:.3g} ms"
        bins = f", {feature.bins} bins" if feature.kind == "spectral" else ""
        rows.append((f"input of {kind} networks", f"`{feature.name}`: {rate}{bins}"))
    return md.table(("", task.name), rows)


def _exclusive(task: Task) -> str:
    return "one excludes the others (softmax)" if task.exclusive else "each stands alone (sigmoid)"


def _helpers(task: Task, body: str) -> list[str]:
    """Modules of the room of tasks that the task is built on, or that its text names, but for the base of all."""
    bases = [base.__module__ for base in type(task).__mro__[1:] if base not in (Task, object)]
    named = [f"{_ROOM}.{word}" for word in re.findall(r"`([a-z_]+)`", body)]
    found = [m for m in (*bases, *named) if m.startswith(f"{_ROOM}.") and m != f"{_ROOM}.base" and find_spec(m)]
    return list(dict.fromkeys(found))


def _shown(module: str) -> str:
    return f"What it shares with other tasks: {module.rpartition('.')[2]}"


def _metrics(task: Task) -> str:
    rows = []
    for place, metric in enumerate(task.metrics):
        better = "higher" if metric.higher_is_better else "lower"
        label = f"**{metric.label}** (the headline)" if place == 0 else metric.label
        rows.append((md.code(metric.name), label, metric.unit, better, md.codes(metric.over)))
    return md.table(("name in the tables", "metric", "unit", "better", "mean over"), rows)


def _networks(task: Task) -> str:
    rows = []
    for name, known in NETWORKS.items():
        used = [shown for file, shown in EXPERIMENTS.items() if name in reference.networks(file, task.name)]
        if used:
            rows.append((md.code(name), known.note, known.kind, ", ".join(used)))
    return md.table(("network", "what it is", "input", "in the experiments"), rows)


def _corpora(task: Task) -> str:
    said = md.docstring(import_module(SYNTHESISERS[task.name].partition(":")[0]))
    kept = [get_dataset(name) for name in DATASETS]
    rows = [(f"{data.title} (`{data.name}`)", data.licence, data.split) for data in kept if task.name in data.tasks]
    published = md.table(("data set", "licence", "split"), rows) if rows else "None is laid out for this task."
    return (
        f"**Embedded.** {said}\n\n**Published** (what each needs by hand: [Data sets](../datasets.md)).\n\n{published}"
    )


def _results(task: Task) -> str:
    if not any(row["task"] == task.name for row in reference.verdicts()):
        return verdict(task.name)
    tables = reference.built()
    parts = [verdict(task.name), f"![Score against parameters removed](../generated/score_vs_removed_{task.name}.svg)"]
    parts.append(md.of_table(tables[f"summary_{task.name}"]))
    for name, summary in (("controls", "Against the controls"), ("scores", "Every ticket"), ("metrics", "All metrics")):
        table = tables.get(f"{name}_{task.name}")
        parts += [md.folded(summary, md.of_table(table))] if table else []
    parts += [_beside(task.name)]
    return "\n\n".join(parts)


def _beside(task: str) -> str:
    """The rows of the table of systems that are this task's, where the tables have any."""
    table = reference.built().get("systems")
    if table is None or task not in set(table.shown["task"]):
        return ""
    shown = table.shown[table.shown["task"] == task]
    head, rows = list(shown.columns), shown.itertuples(index=False, name=None)
    return f"**Beside systems.** {table.caption}\n\n{md.table(head, rows)}"


def _tickets(task: Task) -> str:
    cards = []
    for name, size in tickets():
        if name == task.name:
            text = read_card(ticket_path(name, size)).markdown("").partition("\n\n")[2]
            cards.append(f"**`{size}`**\n\n{text}")
    if not cards:
        return "None yet."
    return f"```sh\nultralight-mir predict --task {task.name} song.wav\n```\n\n" + "\n\n".join(cards)


def _systems(task: Task) -> str:
    found = [(name, find_system(name)) for name in SYSTEMS]
    rows = [(md.code(name), kind.about) for name, kind in found if kind.task == task.name]
    return md.table(("system", "what it is"), rows) if rows else "None is registered for this task."
