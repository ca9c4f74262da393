"""Settings of agents."""

from inmanta.config import Option

state_dir = Option("config", "state-dir", "/var/lib/inmanta")
