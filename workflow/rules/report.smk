from ultralight_mir.paths import RUN
from ultralight_mir.records import TABLES
from ultralight_mir.report import figures

FIGURES = expand(
    "{reports}/figures/{figure}.{form}",
    reports=REPORTS,
    figure=figures.names(experiment.tasks),
    form=("svg", "pdf", "png"),
)


rule results:
    input:
        experiment.gathered(),
    output:
        expand("{root}/{table}.csv", root=ROOT, table=TABLES),
        run=f"{ROOT}/{RUN}",
    log:
        f"{ROOT}/logs/results.log",
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        config=experiment.as_json(),
        root=subpath(output.run, parent=True),
    shell:
        "ultralight-mir results {params.root} --config {params.config:q} 2> {log}"


rule report:
    input:
        expand("{root}/{table}.csv", root=ROOT, table=TABLES),
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
    conda:
        "../../envs/environment.yaml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        results=subpath(input.run, parent=True),
        reports=subpath(output.index, parent=True),
        own=[f"--figure {figure}" for figure in experiment.config.figures],
    shell:
        "ultralight-mir report {params.results} {params.reports} {params.own} --threads {threads} 2> {log}"
