"""The whole way, played on real parts: `make demo`.

`world` starts the processes, `scenes` is the story, with `crisis` as its last; `stage` tells it
and keeps score.
"""
