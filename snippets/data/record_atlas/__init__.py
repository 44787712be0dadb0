"""Which model uses which positions, found by running every family of transformers; writes snippets/data/atlas.json.

In an environment of its own (Python 3.11) and from the root of the repository, some half an hour of one core:

    python -m venv .venv-atlas
    .venv-atlas/bin/pip install torch==2.13.0 torchvision==0.28.0 transformers==5.23.0 \
        timm==1.0.31 scipy==1.17.1 pillow==13.0.0
    .venv-atlas/bin/python -m snippets.data.record_atlas

What is finished is kept in a temporary folder, so that a run can go on; two can share the work with --part 0/2 and
--part 1/2. The file lists what is not recorded yet. --check 3 records the tenth of the families with that number again
and compares. No weights are downloaded.

How: a model is built from the default configuration of its class, with fewer heads of the same size, small
feed-forward layers, and all layers where the configuration has a rule by layer (``building``). During one forward
pass the functions that rotate, the rows that are looked up and the tables that are added are written down
(``watching``): what is defined and never called does not count. A rotating function is then fed every basis vector,
and layout, sign, channels, speeds and length are read from the matrices that come out (``rotations``). Sinusoids are
recognised by their values (``sinusoids``); which kind a table of numbers is, by its name and shape (``reading``).
Each folder runs in a process of its own with a limit of time (``recording``), and ``assembling`` makes the file. The
fields and their units are in atlas.schema.json. "default" configurations are meant throughout: a checkpoint may have
another base, stretch or pattern. What a default needs before it runs at all is in ``building.OVERRIDES``.
"""
