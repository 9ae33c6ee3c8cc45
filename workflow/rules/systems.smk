# What one would use otherwise, beside the tickets: scored on the same clips, and raced against them.
rule system:
    input:
        CORPUS.clips,
        CORPUS.proven,
    output:
        SYSTEM.made,
    log:
        f"{ROOT}/logs/system/{{corpus}}-{{task}}-{{system}}.log",
    benchmark:
        f"{ROOT}/benchmarks/system/{{corpus}}-{{task}}-{{system}}.tsv"
    group:
        submission("systems")
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=doubling(2000),
        runtime=doubling(240),
    params:
        system=lambda w: experiment.system_key(w.task, w.system),
        task=lambda w: experiment.task_key(w.task),
        split=lambda w: experiment.split_option(w.task, w.corpus),
        source=lambda w, input: Path(input[0]).parent,
        folder=subpath(output[0], parent=True),
    shell:
        "ultralight-mir system {params.system} {params.task} {params.source} {params.folder} --corpus {wildcards.corpus}"
        " {params.split} --threads {threads} 2> {log}"


rule race:
    input:
        tickets=lambda w: experiment.racing_files(w.task),
        clips=lambda w: experiment.racing_corpus(w.task).clips,
        good=lambda w: experiment.racing_corpus(w.task).proven,
    output:
        RACE.made,
    log:
        f"{ROOT}/logs/race/{{task}}.log",
    benchmark:
        f"{ROOT}/benchmarks/race/{{task}}.tsv"
    group:
        submission("tables")
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=doubling(2000),
        runtime=doubling(60),
    params:
        tickets=lambda w, input: [
            f"--ticket {folder}" for folder in folders_of(input.tickets)
        ],
        racing=lambda w: experiment.race_options(w.task),
        source=lambda w, input: Path(input.clips).parent,
        folder=subpath(output[0], parent=True),
    shell:
        "ultralight-mir race {params.source} {params.folder} {params.tickets} {params.racing} --threads {threads} 2> {log}"
