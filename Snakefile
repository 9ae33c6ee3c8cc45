# Ultralight-MIR: how small can a music-information-retrieval network get before it gets worse?
# The workflow itself is workflow/Snakefile, which other workflows can also use as a module.
include: "workflow/Snakefile"


workflow.default_target = (
    "all"  # an included file cannot say so for whoever includes it
)
