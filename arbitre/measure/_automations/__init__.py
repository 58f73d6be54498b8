"""What rules would do to open cases, behind `measure.automations`."""
