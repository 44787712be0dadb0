"""All that the page on many devices runs in two processes, started once.

python -m snippets.practice.two_processes
"""

from snippets.practice.context_parallel import context_parallel
from snippets.practice.data_parallel import buffers, idle_weights
from snippets.practice.fully_sharded import from_meta, other_methods
from snippets.practice.processes import run
from snippets.practice.tensor_parallel import tensor_parallel

if __name__ == "__main__":
    run(
        tensor_parallel,
        context_parallel,
        other_methods,
        from_meta,
        idle_weights,
        buffers,
    )
