"""The pools of stock: laws, levels, prices of a unit, and the bound; `optimise.stock` asks, others borrow."""
