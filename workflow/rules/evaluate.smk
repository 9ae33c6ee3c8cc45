SCORED = (
    "scores.csv",
    "evaluation.json",
    "evaluation-timing.json",
    "thresholds.json",
)


# All strategies at one step of their ladders together: the scorers take longer to import than to score a ticket.
rule evaluate:
    input:
        unpack(lambda w: experiment.stores(w.task, w.network, w.corpus)),
        tickets=[
            f"{TRIAL}/{strategy}/removed-{{removed}}/ticket.json"
            for strategy in experiment.strategies
        ],
    output:
        [
            f"{TRIAL}/{strategy}/removed-{{removed}}/{name}"
            for strategy in experiment.strategies
            for name in SCORED
        ],
    log:
        f"{ROOT}/logs/evaluate/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{removed}}.log",
    benchmark:
        f"{ROOT}/benchmarks/evaluate/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{removed}}.tsv"
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
        folders=lambda w, input: [Path(ticket).parent for ticket in input.tickets],
        others=lambda w, input: [f"--also {store}" for store in input.others],
    shell:
        "ultralight-mir evaluate {params.folders} --features {input.features} {params.others}"
        " --threads {threads} {params.fold} 2> {log}"


use rule evaluate as evaluate_dense with:
    input:
        unpack(lambda w: experiment.stores(w.task, w.network, w.corpus)),
        tickets=[f"{TRIAL}/dense/ticket.json"],
    output:
        [f"{TRIAL}/dense/{name}" for name in SCORED],
    log:
        f"{ROOT}/logs/evaluate/{{corpus}}-{{task}}-{{network}}-{{seed}}-dense.log",
    benchmark:
        f"{ROOT}/benchmarks/evaluate/{{corpus}}-{{task}}-{{network}}-{{seed}}-dense.tsv"
