rule evaluate:
    input:
        ticket=TICKET.read,
        dense=dense_of,
        stores=lambda w: experiment.store_files(w.task, w.network, w.corpus),
    output:
        TICKET.scored,
    log:
        f"{ROOT}/logs/evaluate/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{ticket}}.log",
    benchmark:
        f"{ROOT}/benchmarks/evaluate/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{ticket}}.tsv"
    group:
        submission("{ladder}")
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=doubling(2000),
        runtime=doubling(15),
    params:
        fold=lambda w: experiment.fold_option(w.corpus),
        trust=lambda w: experiment.trust_options(w.task, w.network),
        stores=lambda w, input: store_options(input),
        dense=lambda w, input: [
            f"--dense {Path(file).parent}" for file in input.dense[:1]
        ],
        folder=lambda w, input: Path(input.ticket[0]).parent,
    shell:
        "ultralight-mir evaluate {params.folder} {params.stores} {params.dense} --threads {threads} {params.fold}"
        " {params.trust} 2> {log}"


# The same ticket for other engines, scored on the same clips.
rule export:
    input:
        ticket=TICKET.read,
        stores=lambda w: experiment.store_files(w.task, w.network, w.corpus),
    output:
        EXPORT.made,
    log:
        f"{ROOT}/logs/export/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{ticket}}-{{form}}.log",
    benchmark:
        f"{ROOT}/benchmarks/export/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{ticket}}-{{form}}.tsv"
    group:
        submission("{ladder}")
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=doubling(3000),
        runtime=doubling(15),
    params:
        fold=lambda w: experiment.fold_option(w.corpus),
        trust=lambda w: experiment.trust_options(w.task, w.network),
        stores=lambda w, input: store_options(input),
        ticket=lambda w, input: Path(input.ticket[0]).parent,
        folder=subpath(output[0], parent=True),
    shell:
        "ultralight-mir evaluate-export {params.ticket} {params.folder} --to {wildcards.form} {params.stores}"
        " {params.fold} {params.trust} 2> {log}"
