"""Stock: one place, echelons, trees; lots, last buys, repair, sharing; networks of stages."""
