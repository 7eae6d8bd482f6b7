"""The soak: simulated weeks of loads against a world of its own, compared each day with an oracle that knows the rules.

How it fits together::

    plan.scenario(seed) ──> account ──> world (HTTP)  <── loads.run ── the package under test ──> lake
                      └───> events ──> runner ──> oracle ──────────── compared after every day ───┘

========================  ===========================================================================================
``account``, ``figures``  what the world is made of, as data; the figure of a series on a day, as told at a moment
``truth``                 what the world would answer, as rows of the lake
``questions``, ``world``  the same over HTTP on loopback, strict about parameters; each caller has its own moment
``schedules``, ``dags``   when runs are due; the DAGs that a scenario is made of
``plan``, ``events``      a scenario from a seed: runs, kills, faults, pauses, deletions, backfills, two at once, and
                          what befalls files; the same as data
``rules``, ``oracle``     the rules in plain words: which days a load is about, what becomes of them, and of the
``older``                 older ones that it goes back to
``answers``               what a load's answers mean for its days: what is refused, final, left or stored
``expected``              what the oracle expects of a load
``ledger``                the states that each day's file may be in, and what is closed
``reports``               what a load reports, beside what the oracle reckons
``lake``                  the lake as it is found, read with pyarrow alone
``stores``                local disk, memory, and S3 by moto
``loads``                 one load of the package; beside it, only ``plants`` imports it
``victim``                a process for loads that are killed in earnest, on local disk
``runner``                plays a scenario; whatever differs is in ``Outcome.differences``
``plants``                faults for the package, each of which a short soak has to see
========================  ===========================================================================================

``make test`` plays a few hundred days, and each plant. ``make soak`` plays any number of days and seeds, on all stores.

When something differs, play that seed and store again (``scripts/soak.py --seed 7 --store disk``): a scenario depends
on its seed and its number of days alone. Add the names of a few DAGs (``--dags mau,export``) to make it smaller. The
first difference is the one that matters, and what the package had recorded is shown below it.

The oracle must stay independent: it reads the rules, not the package. Where the two disagree, one of them is wrong; a
tolerance is added to the oracle only where the rules themselves leave room, and is listed in its docstring.
"""
