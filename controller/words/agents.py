"""Words for how agents are, and for what they are told to do."""

from collections.abc import Mapping

from controller.language import N_
from inventory.agent_health import AgentHealth
from inventory.models import CommandKind, CommandState

#: Message id and tone.
HEALTH: Mapping[AgentHealth, tuple[str, str]] = {
    AgentHealth.ok: (N_("Works"), "good"),
    AgentHealth.refused: (N_("Shut out"), "idle"),
    AgentHealth.expected: (N_("Never heard of"), "warn"),
    AgentHealth.silent: (N_("Silent"), "bad"),
    AgentHealth.disk_failing: (N_("Disk takes nothing"), "bad"),
    AgentHealth.skewed: (N_("Clock is wrong"), "warn"),
    AgentHealth.behind: (N_("Batches pile up"), "warn"),
    AgentHealth.out_of_date: (N_("Another version"), "info"),
}
COMMANDS: Mapping[CommandKind, str] = {
    CommandKind.poll_now: N_("Poll now"),
    CommandKind.rediscover: N_("Look for devices"),
    CommandKind.back_up_configuration: N_("Back up the configuration"),
    CommandKind.run_speed_test: N_("Run a speed test"),
    CommandKind.send_log_bundle: N_("Send a log bundle"),
    CommandKind.restart: N_("Restart the agent"),
    CommandKind.enable_port: N_("Switch the port on"),
    CommandKind.disable_port: N_("Switch the port off"),
    CommandKind.cycle_poe: N_("Take the port's power and give it back"),
}
STATES: Mapping[CommandState, tuple[str, str]] = {
    CommandState.queued: (N_("To be sent"), "idle"),
    CommandState.sent: (N_("Under way"), "info"),
    CommandState.done: (N_("Done"), "good"),
    CommandState.failed: (N_("Failed"), "bad"),
    CommandState.refused: (N_("Refused"), "warn"),
    CommandState.expired: (N_("No answer in time"), "warn"),
}
