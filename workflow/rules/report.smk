FIGURES = expand(
    "{reports}/figures/{figure}.{form}",
    reports=REPORTS,
    figure=paths.figures(experiment.tasks),
    form=("svg", "pdf", "png"),
)


rule results:
    input:
        tickets=[
            ticket / name
            for ticket in experiment.tickets()
            for name in ("ticket.json", "widths.csv", "scores.csv", "cost.json")
        ],
        splits=[
            f"{ROOT}/corpora/{corpus}/{task}/splits.tsv"
            for corpus, task in experiment.corpora()
        ],
    output:
        expand("{root}/{table}", root=ROOT, table=paths.TABLES),
        run=f"{ROOT}/run.json",
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
        expand("{root}/{table}", root=ROOT, table=(*paths.TABLES, "run.json")),
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
        results=subpath(input[0], parent=True),
        reports=subpath(output.index, parent=True),
    shell:
        "ultralight-mir report {params.results} {params.reports} --threads {threads} 2> {log}"
