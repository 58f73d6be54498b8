"""From tables to the network the kernel replays."""
