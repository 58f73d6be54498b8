"""The kernel of the twin, compiled: cases, pools and time, without a word of any trade or table."""
