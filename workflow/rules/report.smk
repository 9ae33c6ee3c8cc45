from ultralight_mir.embedded.table import TABLE
from ultralight_mir.paths import RUN
from ultralight_mir.records import TABLES
from ultralight_mir.report import figures

FIGURES = expand(
    "{reports}/figures/{figure}.{form}",
    reports=REPORTS,
    figure=figures.names(experiment.tasks),
    form=("svg", "pdf", "png"),
)
REFERENCE = Path("reports/reference")
"""The committed tables of the reference experiment, if they are there."""
SHOWN = ("score_vs_removed", "score_vs_cost")
"""The figures of README and docs."""
DOCS = [f"docs/{figure}.{form}" for figure in SHOWN for form in ("svg", "png")]

BOARDS = [path for path in (f"{ROOT}/{TABLE}",) if Path(path).exists()]
"""What tickets take on microcontrollers, where `make embedded` measured it."""


rule results:
    input:
        experiment.gathered(),
    output:
        expand("{root}/{table}.csv", root=ROOT, table=TABLES),
        run=f"{ROOT}/{RUN}",
    log:
        f"{ROOT}/logs/results.log",
    group:
        submission("tables")
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(30),
    params:
        config=experiment.as_json(),
        root=subpath(output.run, parent=True),
    shell:
        "ultralight-mir results {params.root} --config {params.config:q} 2> {log}"


rule docs:
    input:
        sorted(str(table) for table in REFERENCE.glob("*.csv*")),
        run=f"{REFERENCE}/{RUN}",
    output:
        DOCS,
    log:
        f"{ROOT}/logs/docs.log",
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=doubling(2000),
        runtime=doubling(30),
    params:
        results=subpath(input.run, parent=True),
        docs=subpath(output[0], parent=True),
        chosen=[f"--only {figure}" for figure in SHOWN],
    shell:
        "ultralight-mir figures {params.results} {params.docs} {params.chosen} --form svg --form png 2> {log}"


rule report:
    input:
        expand("{root}/{table}.csv", root=ROOT, table=TABLES),
        BOARDS,
        run=f"{ROOT}/{RUN}",
    output:
        [path for path in FIGURES if not path.endswith(".svg")],
        report(
            [path for path in FIGURES if path.endswith(".svg")],
            caption="../report/figures.rst",
            category="Figures",
        ),
        index=report(
            f"{REPORTS}/index.html", caption="../report/index.rst", category="Report"
        ),
    log:
        f"{ROOT}/logs/report.log",
    benchmark:
        f"{ROOT}/benchmarks/report.tsv"
    group:
        submission("tables")
    conda:
        "../../envs/environment.yaml"
    threads: 2
    resources:
        mem_mb=doubling(2000),
        runtime=doubling(30),
    params:
        results=subpath(input.run, parent=True),
        reports=subpath(output.index, parent=True),
        own=[f"--figure {figure}" for figure in experiment.config.figures],
    shell:
        "ultralight-mir report {params.results} {params.reports} {params.own} --threads {threads} 2> {log}"
