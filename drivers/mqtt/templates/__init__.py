"""Value templates of Home Assistant: expressions only, never trusted, always bounded.

The worker (:mod:`drivers.mqtt.templates.worker`), a process of its own, is the only one that
knows Jinja. It turns the common forms into a small program that the agent runs itself
(:mod:`drivers.mqtt.templates.program`) and evaluates all others, 50 ms of processor time each;
the kernel ends it when they take longer. ``docs/decisions/0013-value-templates.md`` says why.
"""
