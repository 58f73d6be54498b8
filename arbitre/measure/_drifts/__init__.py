"""The five drifts, one file each way of finding them, behind `measure.drifts`."""
