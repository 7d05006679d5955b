"""The whole way, played on real parts: `make demo`.

`world` starts the processes, `scenes` is the story, `stage` tells it and keeps score.
"""
