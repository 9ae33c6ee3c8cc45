def files_of_stores(wildcards):
    stores = experiment.stores(wildcards.task, wildcards.network, wildcards.corpus)
    return [file for store in stores for file in store.made]


def store_options(wildcards):
    home, *others = experiment.stores(
        wildcards.task, wildcards.network, wildcards.corpus
    )
    return f"--features {home.path} " + " ".join(f"--also {o.path}" for o in others)


rule evaluate:
    input:
        ticket=TICKET.trained,
        stores=files_of_stores,
    output:
        TICKET.scored,
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
        trust=lambda w: experiment.trust_options(w.task, w.network),
        stores=store_options,
        folder=lambda w, input: Path(input.ticket[0]).parent,
    shell:
        "ultralight-mir evaluate {params.folder} {params.stores} --threads {threads} {params.fold} {params.trust}"
        " 2> {log}"
