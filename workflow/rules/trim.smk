rule rung:
    input:
        features=lambda w: experiment.features(w.task, w.network, w.corpus)
        / "store.json",
        dense=f"{TRIAL}/dense/ticket.json",
        previous=lambda w: f"{TRIAL}/{experiment.previous(w.strategy, w.removed)}/ticket.json",
    output:
        f"{TRIAL}/{{strategy}}/removed-{{removed}}/ticket.json",
        f"{TRIAL}/{{strategy}}/removed-{{removed}}/weights.safetensors",
        f"{TRIAL}/{{strategy}}/removed-{{removed}}/training.csv",
        f"{TRIAL}/{{strategy}}/removed-{{removed}}/widths.csv",
        f"{TRIAL}/{{strategy}}/removed-{{removed}}/timing.json",
    log:
        f"{ROOT}/logs/rung/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{strategy}}-{{removed}}.log",
    benchmark:
        f"{ROOT}/benchmarks/rung/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{strategy}}-{{removed}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        fold=lambda w: experiment.fold_option(w.corpus),
        settings=lambda w: experiment.strategy_settings(w.strategy),
        features=subpath(input.features, parent=True),
        dense=subpath(input.dense, parent=True),
        previous=subpath(input.previous, parent=True),
        folder=subpath(output[0], parent=True),
    shell:
        "ultralight-mir rung {params.features} {params.dense} {params.previous} {params.folder}"
        " --removed {wildcards.removed} --threads {threads} {params.fold} --settings {params.settings:q} 2> {log}"
