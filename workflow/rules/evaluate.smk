rule evaluate:
    input:
        ticket=f"{TRIAL}/{{ticket}}/ticket.json",
        features=lambda w: experiment.features(w.task, w.network, w.corpus)
        / "store.json",
        others=lambda w: [
            experiment.features(w.task, w.network, corpus) / "store.json"
            for corpus in experiment.test_corpora(w.task)[1:]
        ],
    output:
        f"{TRIAL}/{{ticket}}/scores.csv",
        f"{TRIAL}/{{ticket}}/cost.json",
        f"{TRIAL}/{{ticket}}/thresholds.json",
    log:
        f"{ROOT}/logs/evaluate/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{ticket}}.log",
    benchmark:
        f"{ROOT}/benchmarks/evaluate/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{ticket}}.tsv"
    group:
        "evaluation"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        fold=lambda w: experiment.fold_option(w.corpus),
        folder=subpath(input.ticket, parent=True),
    shell:
        "ultralight-mir evaluate {params.folder} {input.features} {input.others}"
        " --threads {threads} {params.fold} 2> {log}"
